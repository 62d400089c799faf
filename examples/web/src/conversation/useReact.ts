/** Adding a reaction, or taking away one's own. */
import { useMutation } from 'urql';
import { type BubbleFragment, ReactDocument, UnreactDocument } from '../generated';

export function useReact({ id, reactions }: BubbleFragment): (emoji: string) => void {
  const [, add] = useMutation(ReactDocument);
  const [, remove] = useMutation(UnreactDocument);
  return (emoji) => {
    const isThere = reactions.some((group) => group.emoji === emoji && group.viewerHasReacted);
    void (isThere ? remove : add)({ messageId: id, emoji });
  };
}
