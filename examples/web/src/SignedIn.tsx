/** What somebody who is signed in works with: a client and a live connection. After a resync both begin anew. */
import { useCallback, useEffect, useState } from 'react';
import { type Client, Provider } from 'urql';
import { Chat } from './Chat';
import { connect } from './server/client';
import { Live, LiveContext } from './server/live';
import type { Session } from './server/session';
import { INBOX, open } from './ui/route';

export function SignedIn({ session }: { session: Session }) {
  const [round, setRound] = useState(0);
  const [server, setServer] = useState<{ client: Client; live: Live }>();
  useEffect(() => {
    const live = new Live(session);
    setServer({ client: connect(session, live), live });
    return () => live.dispose();
  }, [session, round]);
  const beginAnew = useCallback(() => setRound((before) => before + 1), []);
  const signOut = () => {
    open(INBOX);
    void session.signOut();
  };

  if (!server) return null;
  return (
    <Provider key={round} value={server.client}>
      <LiveContext value={server.live}>
        <Chat onResync={beginAnew} onSignOut={signOut} />
      </LiveContext>
    </Provider>
  );
}
