/** Who is looking. */
import { createContext, useContext } from 'react';
import type { PersonFragment } from '../generated';

export const MeContext = createContext<PersonFragment | undefined>(undefined);

export function useMe(): PersonFragment {
  return useContext(MeContext)!;
}
