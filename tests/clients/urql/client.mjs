// urql: queries by GET, fresh tokens, and what is live over graphql-ws.
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { createClient } from 'graphql-ws';

export function makeClient(url, session, fetch) {
  // Who the session is, and what to do when its token has ended: once for each operation.
  const authorization = authExchange(async ({ appendHeaders }) => ({
    addAuthToOperation: (operation) => appendHeaders(operation, session.headers),
    didAuthError: ({ graphQLErrors }) => graphQLErrors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED'),
    refreshAuth: () => session.refresh(),
  }));

  const socket = createClient({
    url: url.replace('http', 'ws'),
    connectionParams: () => session.freshHeaders(),
    retryAttempts: 0, // `follow` comes back by itself, after the last cursor it has seen
  });

  const live = subscriptionExchange({
    forwardSubscription: ({ query, variables }) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
    }),
  });

  return new Client({
    url,
    fetch,
    preferGetMethod: 'within-url-limit', // queries of up to 2,048 characters; mutations never
    exchanges: [cacheExchange, authorization, fetchExchange, live],
  });
}
