/** What a search finds: conversations by their names, and messages by their words. */
import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { FindConversationsDocument, SearchDocument, type SearchQuery } from '../generated';
import { ConversationLine } from '../inbox/ConversationLine';
import { explain } from '../server/refusals';
import { useMe } from '../ui/me';
import { nameOf, titleOf } from '../ui/names';
import { linkTo } from '../ui/route';
import { shortTime } from '../ui/times';

interface Props {
  query: string;
  openId?: string;
  onLeave: () => void;
}

const PAUSE = 250; // milliseconds without a key, before the server is asked

export function SearchResults({ query, openId, onLeave }: Props) {
  const search = useSettled(query);
  const requestPolicy = 'network-only';
  const [named] = useQuery({ query: FindConversationsDocument, variables: { search }, requestPolicy });
  const [said] = useQuery({ query: SearchDocument, variables: { query: search }, requestPolicy });
  const conversations = named.data?.conversations.nodes ?? [];
  const messages = said.data?.searchMessages.nodes ?? [];
  const isDone = !named.fetching && !said.fetching && search === query;

  return (
    <div className="scroll grow">
      <p role="status" className="unseen">
        {isDone && `${conversations.length} conversations and ${messages.length} messages found`}
      </p>
      {said.error && <p className="problem results-head">{explain(said.error)}</p>}
      {isDone && !said.error && conversations.length + messages.length === 0 && (
        <p className="waiting">Nothing was found for “{query}”.</p>
      )}
      {conversations.length > 0 && (
        <section aria-label="Conversations found">
          <h2 className="results-head">Conversations</h2>
          <ul className="lines">
            {conversations.map((conversation) => (
              <li key={conversation.id}>
                <ConversationLine conversation={conversation} isOpen={conversation.id === openId} onClick={onLeave} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {messages.length > 0 && (
        <section aria-label="Messages found">
          <h2 className="results-head">Messages</h2>
          <ul className="lines">
            {messages.map((message) => (
              <li key={message.id}>
                <MessageFound message={message} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function MessageFound({ message }: { message: SearchQuery['searchMessages']['nodes'][number] }) {
  const me = useMe().id;
  return (
    <a className="line" href={linkTo(message.conversation.id, message.id)}>
      <span className="line-words">
        <span className="line-top">
          <span className="line-title cut">{nameOf(message.sender)}</span>
          <time dateTime={message.createdAt}>{shortTime(message.createdAt)}</time>
        </span>
        <span className="found">{message.body}</span>
        <span className="cut soft">{titleOf(message.conversation, me)}</span>
      </span>
    </a>
  );
}

function useSettled(query: string): string {
  const [settled, setSettled] = useState(query);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(query), PAUSE);
    return () => clearTimeout(timer);
  }, [query]);
  return settled;
}
