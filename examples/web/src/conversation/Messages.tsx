/** Messages one below the other: a line for each new day, and one where the unread begin. */
import { Fragment } from 'react';
import type { BubbleFragment } from '../generated';
import { dayOf } from '../ui/times';
import { Message } from './Message';
import type { Receipt } from './receipts';

interface Props {
  messages: BubbleFragment[];
  /** The sequence of the last one that was read, where some are not. */
  unreadAfter?: number;
  receipt?: Receipt;
  highlightId?: string;
  onReply?: (message: BubbleFragment) => void;
  onEdit?: (message: BubbleFragment) => void;
}

const TOGETHER = 5 * 60 * 1000; // milliseconds

export function Messages({ messages, unreadAfter, receipt, highlightId, onReply, onEdit }: Props) {
  return (
    <ol className="messages">
      {messages.map((message, place) => {
        const before = messages[place - 1];
        const isNewDay = !before || dayOf(before.createdAt) !== dayOf(message.createdAt);
        const isFirstUnread = before?.sequence === unreadAfter && before !== undefined;
        return (
          <Fragment key={message.id}>
            {isNewDay && <li className="divider">{dayOf(message.createdAt)}</li>}
            {isFirstUnread && <li className="divider unread">New</li>}
            <Message
              message={message}
              isContinued={!isNewDay && !isFirstUnread && belongTogether(before, message)}
              isHighlighted={message.id === highlightId}
              receipt={receipt?.messageId === message.id ? receipt.words : undefined}
              onReply={onReply}
              onEdit={onEdit}
            />
          </Fragment>
        );
      })}
    </ol>
  );
}

function belongTogether(before: BubbleFragment, message: BubbleFragment): boolean {
  const apart = Date.parse(message.createdAt) - Date.parse(before.createdAt);
  return before.sender?.id === message.sender?.id && apart < TOGETHER;
}
