/** The message that another one answers; it leads there. */
import type { BubbleFragment } from '../generated';
import { nameOf } from '../ui/names';
import { linkTo } from '../ui/route';

interface Props {
  message: NonNullable<BubbleFragment['replyTo']>;
  conversationId: string;
}

export function Quote({ message, conversationId }: Props) {
  return (
    <a className="quote" href={linkTo(conversationId, message.id)}>
      <span className="unseen">In answer to </span>
      <span className="quote-name">{nameOf(message.sender)}</span>
      <span className="cut">{message.isDeleted ? 'Message deleted' : message.body || 'A file'}</span>
    </a>
  );
}
