/** What is in view is read: the newest message, while the page is looked at. */
import { useEffect, useSyncExternalStore } from 'react';
import { useMutation } from 'urql';
import { type BubbleFragment, MarkReadDocument } from '../generated';
import type { OpenConversation } from './Head';

export function useMarkRead(conversation: OpenConversation, newest: BubbleFragment | undefined, isAtEnd: boolean) {
  const [, markRead] = useMutation(MarkReadDocument);
  const isVisible = useSyncExternalStore(onVisibility, () => document.visibilityState === 'visible');
  const { id, unreadCount } = conversation;
  const upTo = isAtEnd && isVisible && unreadCount > 0 ? newest?.id : undefined;
  useEffect(() => {
    if (upTo) void markRead({ conversationId: id, upToMessageId: upTo });
  }, [markRead, id, upTo]);
}

function onVisibility(listener: () => void) {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}
