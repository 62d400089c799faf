/** Who has read one's last message, by the marks of those who take part. */
import type { BubbleFragment, MemberFragment } from '../generated';
import { listed } from '../ui/names';

export interface Receipt {
  messageId: string;
  words: string;
}

const NAMED = 3;

export function receiptOf(messages: BubbleFragment[], members: MemberFragment[], me: string): Receipt | undefined {
  const last = messages.findLast(({ sender, isDeleted }) => sender?.id === me && !isDeleted);
  const others = members.filter(({ user }) => user.id !== me);
  if (!last) return undefined;
  const readers = others.filter(({ lastReadSequence }) => lastReadSequence >= last.sequence);
  return { messageId: last.id, words: wordsFor(readers, others.length) };
}

function wordsFor(readers: MemberFragment[], others: number): string {
  if (readers.length === 0) return 'Sent';
  if (others === 1) return 'Read';
  if (readers.length === others) return 'Read by everybody';
  const names = readers.map(({ user }) => user.displayName);
  const rest = names.length - NAMED;
  return `Read by ${listed(rest > 0 ? [...names.slice(0, NAMED), `${rest} more`] : names)}`;
}
