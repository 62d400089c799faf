/** The messages of a conversation: the newest page, earlier ones when asked for, and what has come since. */
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { useClient, useQuery } from 'urql';
import { type BubbleFragment, HistoryDocument } from '../generated';
import { useConnection } from '../server/live';
import { explain } from '../server/refusals';

export interface History {
  messages: BubbleFragment[];
  hasEarlier: boolean;
  isLoading: boolean;
  problem?: string;
  earlierProblem?: string;
  loadEarlier: () => void;
  askAgain: () => void;
}

const PATIENCE = 1_000; // milliseconds, for an event that may still be on its way

export function useHistory(id: string, lastSequence: number, onResync: () => void): History {
  const client = useClient();
  const [{ data, error, fetching }, execute] = useQuery({ query: HistoryDocument, variables: { id } });
  const [isLoading, setIsLoading] = useState(false);
  const [earlierProblem, setEarlierProblem] = useState<string>();
  const page = data?.conversation?.messages;
  const messages = [...(page?.nodes ?? [])].sort((one, other) => one.sequence - other.sequence);
  const missing = page && firstMissing(messages, lastSequence);
  const askAgain = () => execute({ requestPolicy: 'network-only' });
  useRepair(fetching ? undefined : missing, askAgain, onResync);

  const loadEarlier = async () => {
    if (isLoading || !page?.pageInfo.hasPreviousPage) return;
    setIsLoading(true);
    const earlier = await client.query(HistoryDocument, { id, before: page.pageInfo.startCursor }).toPromise();
    setEarlierProblem(earlier.error && explain(earlier.error));
    setIsLoading(false);
  };
  return {
    messages,
    hasEarlier: page?.pageInfo.hasPreviousPage ?? false,
    isLoading: isLoading || fetching,
    problem: error && explain(error),
    earlierProblem,
    loadEarlier: () => void loadEarlier(),
    askAgain,
  };
}

/** Messages are numbered without a gap, so that a client can tell whether it has them all. */
function firstMissing(messages: BubbleFragment[], lastSequence: number): number | undefined {
  const first = messages[0]?.sequence ?? lastSequence + 1;
  const wanted = first + messages.findIndex(({ sequence }, place) => sequence !== first + place);
  if (wanted >= first) return wanted;
  return first + messages.length <= lastSequence ? first + messages.length : undefined;
}

/** An answer that was older than an event it crossed leaves a gap: ask again; where that does not help, begin anew. */
function useRepair(missing: number | undefined, askAgain: () => void, onResync: () => void) {
  const isLive = useConnection().state === 'live';
  const asked = useRef<number>(undefined);
  const repair = useEffectEvent(() => {
    if (asked.current === missing) return onResync();
    asked.current = missing;
    askAgain();
  });
  useEffect(() => {
    if (!isLive || missing === undefined) return;
    const timer = setInterval(() => repair(), PATIENCE);
    return () => clearInterval(timer);
  }, [isLive, missing]);
}
