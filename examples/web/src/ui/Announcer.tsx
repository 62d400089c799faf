/** What a screen reader is told without being asked: new messages, and what has become of the connection. */
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';

const Announce = createContext<(sentence: string) => void>(() => {});

export const useAnnounce = () => useContext(Announce);

const KEPT = 5;

export function Announcer({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState<{ id: number; sentence: string }[]>([]);
  const announce = useCallback((sentence: string) => {
    setSaid((before) => [...before, { id: (before.at(-1)?.id ?? 0) + 1, sentence }].slice(-KEPT));
  }, []);

  return (
    <Announce value={announce}>
      {children}
      <div className="unseen" role="log" aria-label="Announcements">
        {said.map(({ id, sentence }) => (
          <p key={id}>{sentence}</p>
        ))}
      </div>
    </Announce>
  );
}
