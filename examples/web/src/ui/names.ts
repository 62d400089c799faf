/** What conversations and people are called. */
import type { LineFragment, PersonFragment } from '../generated';

const GONE = 'Deleted account';

type Faces = Pick<LineFragment, 'kind' | 'title' | 'faces'>;

/** The other one of a direct conversation; undefined once their account is deleted, and in groups. */
export function otherOf(conversation: Faces, me: string): PersonFragment | undefined {
  if (conversation.kind === 'GROUP') return undefined;
  return conversation.faces.nodes.find(({ user }) => user.id !== me)?.user;
}

export function titleOf(conversation: Faces, me: string): string {
  return conversation.kind === 'GROUP' ? conversation.title : nameOf(otherOf(conversation, me));
}

export function nameOf(person: { displayName: string } | null | undefined): string {
  return person?.displayName ?? GONE;
}

/** `Bob`, `Bob and Charlie`, `Bob, Charlie and Dora`. */
export function listed(names: string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(names);
}
