/** Somebody is signed in, or not yet. */
import { useMemo, useState } from 'react';
import { keptTokens, Session } from './server/session';
import { SignedIn } from './SignedIn';
import { SignIn } from './signing-in/SignIn';

export function App() {
  const [tokens, setTokens] = useState(keptTokens);
  const [farewell, setFarewell] = useState<string>();
  const session = useMemo(() => {
    const end = (why?: string) => {
      setFarewell(why);
      setTokens(undefined);
    };
    return tokens && new Session(tokens, end);
  }, [tokens]);

  return session ? <SignedIn session={session} /> : <SignIn farewell={farewell} onSignedIn={setTokens} />;
}
