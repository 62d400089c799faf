/** The client of somebody who is signed in: cache, tokens, HTTP, and the live connection for subscriptions. */
import { authExchange } from '@urql/exchange-auth';
import { Client, fetchExchange, subscriptionExchange } from 'urql';
import { GRAPHQL } from './anybody';
import { newCache } from './cache';
import type { Live } from './live';
import type { Session } from './session';

/** Asks the browser to ask first, so that no foreign page can send a file in somebody's name. */
const HEADERS = { 'Apollo-Require-Preflight': 'true' };

export function connect(session: Session, live: Live): Client {
  return new Client({
    url: GRAPHQL,
    preferGetMethod: false,
    fetchOptions: { headers: HEADERS },
    exchanges: [
      newCache(session.userId),
      // UNAUTHENTICATED: the tokens are renewed and the operation is sent again, once.
      authExchange(async (utils) => ({
        addAuthToOperation: (operation) => utils.appendHeaders(operation, { Authorization: session.authorization }),
        didAuthError: (error) => error.graphQLErrors.some((one) => one.extensions.code === 'UNAUTHENTICATED'),
        refreshAuth: () => session.refresh().catch(() => undefined),
      })),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: live.follow({ query, variables }, sink) }),
        }),
      }),
    ],
  });
}
