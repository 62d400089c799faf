/**
 * What is on its way. A message is shown at once; until the server has it, it is here. Each has a key, so that sending
 * it again, when nobody knows what became of the first attempt, never makes two of it.
 */
import { createContext, type ReactNode, useContext, useRef, useState } from 'react';
import { useMutation } from 'urql';
import { type BubbleFragment, type FileFragment, SendDocument } from '../generated';
import { newKey } from '../server/keys';
import { refusalOf } from '../server/refusals';

export interface Draft {
  conversationId: string;
  body: string;
  replyTo?: BubbleFragment;
  files: FileFragment[];
}

export interface Outgoing extends Draft {
  key: string;
  sentAt: string;
  /** Why it was not sent; while it is on its way there is none. */
  problem?: string;
}

interface Hands {
  outgoing: Outgoing[];
  send: (draft: Draft) => void;
  retry: (message: Outgoing) => void;
  discard: (message: Outgoing) => void;
}

const OutboxContext = createContext<Hands | undefined>(undefined);

export const useOutbox = () => useContext(OutboxContext)!;

export function Outbox({ children }: { children: ReactNode }) {
  const [outgoing, setOutgoing] = useState<Outgoing[]>([]);
  const [, sendMessage] = useMutation(SendDocument);
  const queue = useRef(Promise.resolve()); // one after the other: they arrive in the order of writing

  const discard = ({ key }: Outgoing) => setOutgoing((all) => all.filter((one) => one.key !== key));
  const mark = ({ key }: Outgoing, problem?: string) =>
    setOutgoing((all) => all.map((one) => (one.key === key ? { ...one, problem } : one)));

  const deliver = async (message: Outgoing) => {
    const { data, error } = await sendMessage({ input: inputOf(message) });
    const problem = refusalOf(error, data?.sendMessage.errors);
    if (problem) mark(message, problem);
    else discard(message);
  };
  const enqueue = (message: Outgoing) => {
    queue.current = queue.current.then(() => deliver(message));
  };

  const send = (draft: Draft) => {
    const message = { ...draft, key: newKey(), sentAt: new Date().toISOString() };
    setOutgoing((all) => [...all, message]);
    enqueue(message);
  };
  const retry = (message: Outgoing) => {
    mark(message);
    enqueue(message);
  };

  return <OutboxContext value={{ outgoing, send, retry, discard }}>{children}</OutboxContext>;
}

function inputOf({ conversationId, body, replyTo, files, key }: Outgoing) {
  return {
    conversationId,
    body,
    replyToId: replyTo?.id,
    attachmentIds: files.map(({ id }) => id),
    idempotencyKey: key,
  };
}
