/** One message: who said it, what, in answer to what, with which files and reactions, and what may be done to it. */
import { useEffect, useRef, useState } from 'react';
import type { BubbleFragment } from '../generated';
import { Avatar } from '../ui/Avatar';
import { Icon } from '../ui/Icon';
import { useMe } from '../ui/me';
import { nameOf } from '../ui/names';
import { timeOf, wholeTime } from '../ui/times';
import { Actions } from './Actions';
import { Body } from './Body';
import { Files } from './Files';
import { Quote } from './Quote';
import { Reactions } from './Reactions';

interface Props {
  message: BubbleFragment;
  isContinued: boolean;
  isHighlighted: boolean;
  receipt?: string;
  onReply?: (message: BubbleFragment) => void;
  onEdit?: (message: BubbleFragment) => void;
}

export function Message({ message, isContinued, isHighlighted, receipt, onReply, onEdit }: Props) {
  const isOwn = message.sender?.id === useMe().id;
  const name = nameOf(message.sender);
  const [isOpen, setIsOpen] = useState(false);
  const item = useRef<HTMLLIElement>(null);
  const toggle = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isHighlighted) return;
    item.current?.scrollIntoView({ block: 'center' });
    item.current?.focus({ preventScroll: true });
  }, [isHighlighted]);
  const close = () => {
    setIsOpen(false);
    toggle.current?.focus();
  };

  return (
    <li
      ref={item}
      className="message"
      tabIndex={isHighlighted ? -1 : undefined}
      data-own={isOwn}
      data-continued={isContinued}
      data-highlighted={isHighlighted}
      onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || setIsOpen(false)}
    >
      {!isOwn && !isContinued && <Avatar name={name} url={message.sender?.avatarUrl} />}
      <article className="message-words" aria-label={`${isOwn ? 'You' : name}, ${wholeTime(message.createdAt)}`}>
        {!isOwn && !isContinued && <p className="sender">{name}</p>}
        <div className="bubble-row">
          <div className="bubble">
            {message.replyTo && <Quote message={message.replyTo} conversationId={message.conversation.id} />}
            {message.isDeleted ? <p className="soft">Message deleted</p> : <Body text={message.body} />}
            <Files message={message} />
            <p className="stamp">
              {message.isEdited && 'edited '}
              <time dateTime={message.createdAt}>{timeOf(message.createdAt)}</time>
            </p>
          </div>
          {!message.isDeleted && (
            <button
              ref={toggle}
              type="button"
              className="round small-round actions-toggle"
              aria-label={isOwn ? 'Actions for your message' : `Actions for the message of ${name}`}
              aria-expanded={isOpen}
              onClick={() => setIsOpen(!isOpen)}
            >
              <Icon name="more" />
            </button>
          )}
        </div>
        {isOpen && <Actions message={message} onClose={close} onReply={onReply} onEdit={onEdit} />}
        <Reactions message={message} />
        {receipt && <p className="receipt">{receipt}</p>}
      </article>
    </li>
  );
}
