/** Follows the events. The cache takes in what they carry by itself; here is what people are told besides. */
import { type ReactNode, useEffect, useState } from 'react';
import { useClient } from 'urql';
import { TypingContext, type Typist } from './conversation/typing';
import { FollowDocument, type FollowSubscription } from './generated';
import { useConnection } from './server/live';
import { Store } from './server/store';
import { useAnnounce } from './ui/Announcer';
import { useMe } from './ui/me';
import { titleOf } from './ui/names';

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
    const hear = (event: FollowSubscription['events']) => {
      if (event.__typename === 'MessageSent' && event.message.sender?.id !== me && event.conversation) {
        const sender = event.message.sender?.displayName ?? 'Somebody';
        const where = event.conversation.kind === 'GROUP' ? ` in ${titleOf(event.conversation, me)}` : '';
        announce(`${sender}${where}: ${event.message.body || 'a file'}`);
      }
      if (event.__typename === 'TypingChanged' && event.user && event.conversation) {
        const typist = { id: event.user.id, name: event.user.displayName, conversationId: event.conversation.id };
        const others = typists.get().filter((one) => one.id !== typist.id || one.conversationId !== typist.conversationId);
        typists.set(event.isTyping ? [...others, typist] : others);
      }
      if (event.__typename === 'ResyncRequired') onResync();
    };
    return client.subscription(FollowDocument, { after }).subscribe(({ data }) => data && hear(data.events)).unsubscribe;
  }, [client, after, onResync, announce, me, typists]);

  useEffect(() => {
    if (state !== 'live') typists.set([]); // who has stopped meanwhile is not told afterwards
  }, [state, typists]);

  return <TypingContext value={typists}>{children}</TypingContext>;
}
