/** Which conversation is open, and at which message: after the # of the address, so that going back works. */
import { useSyncExternalStore } from 'react';

export interface Route {
  conversationId?: string;
  messageId?: string;
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  const [, , conversationId, , messageId] = hash.split('/').map(decodeURIComponent);
  return { conversationId, messageId };
}

export const INBOX = '#/';

export function linkTo(conversationId: string, messageId?: string): string {
  const conversation = `#/conversation/${encodeURIComponent(conversationId)}`;
  return messageId ? `${conversation}/message/${encodeURIComponent(messageId)}` : conversation;
}

export function open(link: string) {
  location.hash = link;
}

function subscribe(listener: () => void) {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
