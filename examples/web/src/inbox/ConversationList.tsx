/** All conversations, the last written to first. */
import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { type LineFragment, MoreConversationsDocument } from '../generated';
import { ConversationLine } from './ConversationLine';

export function ConversationList({ openId }: { openId?: string }) {
  const [after, setAfter] = useState<string | null>();
  const [{ data, fetching }] = useQuery({ query: MoreConversationsDocument, variables: { after } });
  const conversations = [...(data?.conversations.nodes ?? [])].sort(byActivity);
  const page = data?.conversations.pageInfo;
  useUnreadInTitle(conversations);

  if (data && conversations.length === 0) {
    return <p className="waiting grow">No conversations yet. The plus above starts one.</p>;
  }
  return (
    <div className="scroll grow">
      <ul className="lines">
        {conversations.map((conversation) => (
          <li key={conversation.id}>
            <ConversationLine conversation={conversation} isOpen={conversation.id === openId} />
          </li>
        ))}
      </ul>
      {page?.hasNextPage && (
        <button type="button" className="link more" disabled={fetching} onClick={() => setAfter(page.endCursor)}>
          More conversations
        </button>
      )}
    </div>
  );
}

function byActivity(one: LineFragment, other: LineFragment): number {
  return other.lastActivityAt.localeCompare(one.lastActivityAt);
}

function useUnreadInTitle(conversations: LineFragment[]) {
  const unread = conversations.reduce((sum, { unreadCount }) => sum + unreadCount, 0);
  useEffect(() => {
    document.title = unread ? `(${unread}) Parley` : 'Parley';
  }, [unread]);
}
