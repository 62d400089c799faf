/** Somebody is signed in, or not yet. */
import { useCallback, useState } from 'react';
import { keptTokens, Session, type Tokens } from './server/session';
import { SignedIn } from './SignedIn';
import { SignIn } from './signing-in/SignIn';

export function App() {
  const [farewell, setFarewell] = useState<string>();
  const begin = useCallback((tokens: Tokens) => {
    const session: Session = new Session(tokens, (why) => {
      setFarewell(why);
      setSession(undefined);
    });
    return session;
  }, []);
  const [session, setSession] = useState<Session | undefined>(() => {
    const kept = keptTokens();
    return kept && begin(kept);
  });

  if (session) return <SignedIn session={session} />;
  return <SignIn farewell={farewell} onSignedIn={(tokens) => setSession(begin(tokens))} />;
}
