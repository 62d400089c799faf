/** Who is typing where, and saying so oneself. */
import { createContext, useContext, useEffect, useEffectEvent, useRef } from 'react';
import { useMutation } from 'urql';
import { SetTypingDocument } from '../generated';
import { type Store, useStore } from '../server/store';

export interface Typist {
  id: string;
  name: string;
  conversationId: string;
}

const SAID_FOR = 3_000; // milliseconds; the server forgets after six seconds

export const TypingContext = createContext<Store<Typist[]> | undefined>(undefined);

export function useTypists(conversationId: string): Typist[] {
  return useStore(useContext(TypingContext)!).filter((one) => one.conversationId === conversationId);
}

/** To be told with each key whether there is text; the server hears of it every few seconds, and at the end. */
export function useSayTyping(conversationId: string): (isTyping: boolean) => void {
  const [, setTyping] = useMutation(SetTypingDocument);
  const saidAt = useRef(0);
  const say = (isTyping: boolean) => {
    const isKnown = Date.now() - saidAt.current < SAID_FOR;
    if (isTyping ? isKnown : !saidAt.current) return;
    saidAt.current = isTyping ? Date.now() : 0;
    void setTyping({ conversationId, isTyping });
  };
  const stop = useEffectEvent(() => say(false));
  useEffect(() => stop, []);
  return say;
}
