/** What may be done to a message: react, answer, edit, delete. */
import { useState } from 'react';
import type { BubbleFragment } from '../generated';
import { Icon } from '../ui/Icon';
import { ConfirmDelete } from './ConfirmDelete';
import { useReact } from './useReact';

interface Props {
  message: BubbleFragment;
  onClose: () => void;
  onReply?: (message: BubbleFragment) => void;
  onEdit?: (message: BubbleFragment) => void;
}

const EMOJI = [
  ['👍', 'thumbs up'],
  ['❤️', 'heart'],
  ['😂', 'laughing'],
  ['🎉', 'party'],
  ['😮', 'surprised'],
  ['🙏', 'thank you'],
] as const;

export function Actions({ message, onClose, onReply, onEdit }: Props) {
  const react = useReact(message);
  const [isDeleting, setIsDeleting] = useState(false);

  return (
    <div
      className="actions"
      role="group"
      aria-label="Actions"
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <div className="emojis">
        {EMOJI.map(([emoji, name]) => (
          <button
            key={emoji}
            type="button"
            className="emoji"
            aria-label={`React with ${name}`}
            onClick={() => {
              react(emoji);
              onClose();
            }}
          >
            {emoji}
          </button>
        ))}
      </div>
      <div className="verbs">
        {onReply && (
          <button
            type="button"
            className="verb"
            onClick={() => {
              onClose();
              onReply(message);
            }}
          >
            <Icon name="reply" /> Reply
          </button>
        )}
        {onEdit && message.viewerCanEdit && (
          <button
            type="button"
            className="verb"
            onClick={() => {
              onClose();
              onEdit(message);
            }}
          >
            <Icon name="pencil" /> Edit
          </button>
        )}
        {message.viewerCanDelete && (
          <button type="button" className="verb danger" onClick={() => setIsDeleting(true)}>
            <Icon name="trash" /> Delete
          </button>
        )}
      </div>
      {isDeleting && <ConfirmDelete message={message} onClose={() => setIsDeleting(false)} />}
    </div>
  );
}
