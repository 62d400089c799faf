// urql: queries by GET, fresh tokens, and what is live over graphql-ws.
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { createClient } from 'graphql-ws';

const UPLOADS = { 'Apollo-Require-Preflight': 'true' }; // a File among the variables goes as a multipart request

export function makeClient(url, session, fetch) {
  // Whose token goes with each operation, and what to do when it has ended: once for each operation.
  const authorization = authExchange(async ({ appendHeaders }) => ({
    addAuthToOperation: (operation) => appendHeaders(operation, { ...session.headers, ...UPLOADS }),
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
