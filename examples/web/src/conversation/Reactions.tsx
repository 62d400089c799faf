/** The emoji at a message, with how many; pressing one joins in, or takes one's own away. */
import type { BubbleFragment } from '../generated';
import { listed } from '../ui/names';
import { useReact } from './useReact';

type Group = BubbleFragment['reactions'][number];

export function Reactions({ message }: { message: BubbleFragment }) {
  const react = useReact(message);
  if (message.reactions.length === 0) return null;
  return (
    <ul className="reactions" aria-label="Reactions">
      {message.reactions.map((group) => (
        <li key={group.emoji}>
          <button
            type="button"
            className="reaction"
            aria-pressed={group.viewerHasReacted}
            aria-label={`${group.emoji}, ${group.count}: ${whoOf(group)}`}
            title={whoOf(group)}
            onClick={() => react(group.emoji)}
          >
            {group.emoji} {group.count}
          </button>
        </li>
      ))}
    </ul>
  );
}

function whoOf({ users, count }: Group): string {
  const names = users.map(({ displayName }) => displayName);
  return listed(count > names.length ? [...names, `${count - names.length} more`] : names);
}
