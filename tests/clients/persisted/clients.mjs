// Apollo Client and urql, each asking one query twice with automatic persisted queries; prints what went over the wire.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { createHash } from 'node:crypto';

const url = process.argv[2];
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** fetch, and a list of what it was asked: whether with the document, and what came back. */
function listening() {
  const wire = [];
  return {
    wire,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      const sent = init.body ? JSON.parse(init.body) : Object.fromEntries(new URL(input).searchParams);
      const codes = ((await response.clone().json()).errors ?? []).map((error) => error.extensions.code);
      wire.push({ method: init.method ?? 'GET', document: Boolean(sent.query), codes });
      return response;
    },
  };
}

async function apollo(useGETForHashedQueries) {
  const { wire, fetch } = listening();
  const link = ApolloLink.from([
    new PersistedQueryLink({ sha256, useGETForHashedQueries }),
    new HttpLink({ uri: url, fetch }),
  ]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const query = gql`query ${useGETForHashedQueries ? 'ByGet' : 'ByPost'} { me { id } }`;
  const data = [];
  for (const _ of [1, 2]) data.push((await client.query({ query, fetchPolicy: 'network-only' })).data);
  return { wire, data };
}

async function urql(preferGetForPersistedQueries) {
  const { wire, fetch } = listening();
  const exchanges = [persistedExchange({ preferGetForPersistedQueries, generateHash: async (text) => sha256(text) }), fetchExchange];
  const client = new Client({ url, fetch, exchanges, preferGetMethod: false });
  const query = `query ${preferGetForPersistedQueries ? 'UrqlByGet' : 'UrqlByPost'} { me { id } }`;
  const data = [];
  for (const _ of [1, 2]) data.push((await client.query(query, {}).toPromise()).data);
  return { wire, data };
}

console.log(JSON.stringify({
  'Apollo Client by POST': await apollo(false),
  'Apollo Client by GET': await apollo(true),
  'urql by POST': await urql(false),
  'urql by GET': await urql(true),
}));
