/** One conversation in a list: who, when, what was said last, how much of it is unread. */
import type { LineFragment } from '../generated';
import { Avatar } from '../ui/Avatar';
import { useMe } from '../ui/me';
import { nameOf, otherOf, titleOf } from '../ui/names';
import { linkTo } from '../ui/route';
import { shortTime } from '../ui/times';

interface Props {
  conversation: LineFragment;
  isOpen: boolean;
  onClick?: () => void;
}

export function ConversationLine({ conversation, isOpen, onClick }: Props) {
  const me = useMe().id;
  const { id, lastMessage, unreadCount } = conversation;
  const title = titleOf(conversation, me);
  const other = otherOf(conversation, me);

  return (
    <a className="line" href={linkTo(id)} aria-current={isOpen ? 'page' : undefined} onClick={onClick}>
      <Avatar name={title} url={other?.avatarUrl} isOnline={other?.isOnline} />
      <span className="line-words">
        <span className="line-top">
          <span className="line-title cut">{title}</span>
          {other?.isOnline && <span className="unseen">(online)</span>}
          {lastMessage && <time dateTime={lastMessage.createdAt}>{shortTime(lastMessage.createdAt)}</time>}
        </span>
        <span className="line-top">
          <span className="cut soft">{lastMessage ? summaryOf(conversation, lastMessage, me) : 'Nothing said yet'}</span>
          {unreadCount > 0 && (
            <span className="badge">
              {unreadCount}
              <span className="unseen"> unread</span>
            </span>
          )}
        </span>
      </span>
    </a>
  );
}

function summaryOf({ kind }: LineFragment, message: NonNullable<LineFragment['lastMessage']>, me: string): string {
  const words = message.isDeleted ? 'Message deleted' : message.body || message.attachments[0]?.filename || '';
  if (message.sender?.id === me) return `You: ${words}`;
  return kind === 'GROUP' ? `${nameOf(message.sender)}: ${words}` : words;
}
