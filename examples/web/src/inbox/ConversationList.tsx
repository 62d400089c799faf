/** All conversations, the last written to first. */
import { type RefObject, useEffect, useRef, useState } from 'react';
import { useQuery } from 'urql';
import { type LineFragment, MoreConversationsDocument } from '../generated';
import { linkTo } from '../ui/route';
import { ConversationLine } from './ConversationLine';

export function ConversationList({ openId }: { openId?: string }) {
  const [after, setAfter] = useState<string | null>();
  const [{ data, fetching }] = useQuery({ query: MoreConversationsDocument, variables: { after } });
  const conversations = [...(data?.conversations.nodes ?? [])].sort(byActivity);
  const page = data?.conversations.pageInfo;
  const list = useRef<HTMLUListElement>(null);
  useUnreadInTitle(conversations);
  useReturn(list, openId);

  if (data && conversations.length === 0) {
    return <p className="waiting grow">No conversations yet. The plus above starts one.</p>;
  }
  return (
    <div className="scroll grow">
      <ul ref={list} className="lines">
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

/** Who comes back from a conversation is where they were. */
function useReturn(list: RefObject<HTMLElement | null>, openId?: string) {
  const before = useRef(openId);
  useEffect(() => {
    const left = before.current;
    before.current = openId;
    if (left && !openId) list.current?.querySelector<HTMLElement>(`[href="${linkTo(left)}"]`)?.focus();
  }, [list, openId]);
}
