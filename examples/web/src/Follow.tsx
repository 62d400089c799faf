/** Follows the events. The cache takes in what they carry by itself; here is what people are told besides. */
import { type ReactNode, useEffect, useState } from 'react';
import { useClient } from 'urql';
import { TypingContext, type Typist } from './conversation/typing';
import { FollowDocument, type FollowSubscription } from './generated';
import { useConnection } from './server/live';
import { Store } from './server/store';
import { useAnnounce } from './ui/Announcer';
import { useMe } from './ui/me';
import { nameOf, titleOf } from './ui/names';

type Told = FollowSubscription['events'];
type Sent = Extract<Told, { __typename: 'MessageSent' }>;
type Typing = Extract<Told, { __typename: 'TypingChanged' }>;

interface Props {
  after: string;
  onResync: () => void;
  children: ReactNode;
}

export function Follow({ after, onResync, children }: Props) {
  const client = useClient();
  const announce = useAnnounce();
  const me = useMe().id;
  const { state } = useConnection();
  const [typists] = useState(() => new Store<Typist[]>([]));

  useEffect(() => {
    const hear = (event: Told) => {
      if (event.__typename === 'MessageSent' && event.message.sender?.id !== me) announce(spoken(event, me));
      if (event.__typename === 'TypingChanged') typists.set(changed(typists.get(), event));
      if (event.__typename === 'ResyncRequired') onResync();
    };
    return client.subscription(FollowDocument, { after }).subscribe(({ data }) => data && hear(data.events)).unsubscribe;
  }, [client, after, onResync, announce, me, typists]);

  useEffect(() => {
    if (state !== 'live') typists.set([]); // who has stopped meanwhile is not told afterwards
  }, [state, typists]);

  return <TypingContext value={typists}>{children}</TypingContext>;
}

function spoken({ conversation, message }: Sent, me: string): string {
  const where = conversation?.kind === 'GROUP' ? ` in ${titleOf(conversation, me)}` : '';
  return `${nameOf(message.sender)}${where}: ${message.body || 'a file'}`;
}

function changed(typists: Typist[], { conversation, user, isTyping }: Typing): Typist[] {
  if (!conversation || !user) return typists;
  const typist = { id: user.id, name: user.displayName, conversationId: conversation.id };
  const others = typists.filter((one) => one.id !== typist.id || one.conversationId !== typist.conversationId);
  return isTyping ? [...others, typist] : others;
}
