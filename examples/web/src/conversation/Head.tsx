/** Whom one is talking to, and whether they are there. */
import { useEffect, useRef } from 'react';
import type { OneConversationQuery } from '../generated';
import { useConnection, useLive } from '../server/live';
import { Avatar } from '../ui/Avatar';
import { Icon } from '../ui/Icon';
import { useMe } from '../ui/me';
import { listed, otherOf, titleOf } from '../ui/names';
import { INBOX } from '../ui/route';
import { shortTime } from '../ui/times';

export type OpenConversation = NonNullable<OneConversationQuery['conversation']>;

export function Head({ conversation }: { conversation: OpenConversation }) {
  const me = useMe().id;
  const live = useLive();
  const { state } = useConnection();
  const title = titleOf(conversation, me);
  const other = otherOf(conversation, me);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, []);

  return (
    <header className="bar">
      <a className="round narrow-only" href={INBOX} aria-label="Back to all conversations">
        <Icon name="back" />
      </a>
      <Avatar name={title} url={other?.avatarUrl} isOnline={other?.isOnline} />
      <div className="grow cut">
        <h2 className="cut" ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <p className="cut soft">{subtitleOf(conversation, me)}</p>
      </div>
      {state === 'dropped' && (
        <button type="button" className="small narrow-only" onClick={() => live.reconnect()}>
          Reconnect
        </button>
      )}
    </header>
  );
}

function subtitleOf(conversation: OpenConversation, me: string): string {
  const other = otherOf(conversation, me);
  if (other?.isOnline) return 'Online';
  if (other?.lastSeenAt) return `Last here: ${shortTime(other.lastSeenAt)}`;
  if (conversation.kind === 'DIRECT') return '';
  const names = conversation.participants.nodes.map(({ user }) => (user.id === me ? 'you' : user.displayName));
  return `${conversation.participantCount} people: ${listed(names)}`;
}
