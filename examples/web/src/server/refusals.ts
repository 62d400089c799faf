/** Why something was not done, as a sentence for people. */
import type { CombinedError } from 'urql';
import type { RefusalFragment } from '../generated';

/** Of a mutation's answer: what is in its payload, else what went wrong with the request. Undefined: it was done. */
export function refusalOf(error?: CombinedError, errors: RefusalFragment[] = []): string | undefined {
  return errors[0]?.message ?? (error && explain(error));
}

export function explain(error: CombinedError): string {
  return error.graphQLErrors[0]?.message ?? 'The server cannot be reached.';
}
