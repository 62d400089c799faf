// Apollo Client with everything that this server offers: one link for each thing.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, InMemoryCache } from '@apollo/client/core';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { RetryLink } from '@apollo/client/link/retry';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
import { createClient } from 'graphql-ws';
import { from, mergeMap } from 'rxjs';

export function makeClient(url, session, fetch) {
  // fetch throws a TypeError when there is no connection. The server may have done what it was asked by then, so a
  // mutation is asked again only if it has a key, by which it is done once.
  const again = new RetryLink({
    attempts: (count, { operationType, variables }, error) =>
      count < 5 &&
      error instanceof TypeError &&
      (operationType === 'query' || Boolean(variables.input?.idempotencyKey)),
  });

  // What `forward` brings is not looked at again: a token that is refused twice is an error.
  const refresh = new ErrorLink(({ error, operation, forward }) => {
    if (!CombinedGraphQLErrors.is(error) || error.errors[0].extensions?.code !== 'UNAUTHENTICATED') return;
    return from(session.refresh()).pipe(mergeMap(() => forward(operation)));
  });

  const authorization = new SetContextLink(({ headers }) => ({ headers: { ...headers, ...session.headers } }));

  const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });

  // Like HttpLink, but that a File among the variables goes as a multipart request, which needs the header.
  const http = new UploadHttpLink({ uri: url, fetch, headers: { 'Apollo-Require-Preflight': 'true' } });

  const live = new GraphQLWsLink(
    createClient({
      url: url.replace('http', 'ws'),
      connectionParams: () => session.freshHeaders(),
      retryAttempts: 0, // `follow` comes back by itself, after the last cursor it has seen
    }),
  );

  return new ApolloClient({
    cache: makeCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      live,
      ApolloLink.from([again, refresh, authorization, persisted, http]),
    ),
  });
}

const makeCache = () =>
  new InMemoryCache({
    typePolicies: {
      Query: { fields: { conversations: relayStylePagination(['filters', 'ordering']) } },
      Conversation: { fields: { messages: relayStylePagination(['filters', 'around']) } },
    },
  });

async function sha256(text) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
