// Relay's network: queries over HTTP, with a fresh token where the old one has ended, and what is live over graphql-ws.
import { createClient } from 'graphql-ws';
import { Environment, Network, Observable, RecordSource, Store } from 'relay-runtime';

export function makeEnvironment(url, session) {
  const ask = async (request, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...session.headers },
      body: JSON.stringify({ query: request.text, variables }),
    });
    return response.json();
  };

  const askWithFreshToken = async (request, variables) => {
    const answer = await ask(request, variables);
    if (answer.errors?.[0].extensions.code !== 'UNAUTHENTICATED') return answer;
    await session.refresh();
    return ask(request, variables);
  };

  const socket = createClient({
    url: url.replace('http', 'ws'),
    connectionParams: () => session.freshHeaders(),
    retryAttempts: 0, // `follow` comes back by itself, after the last cursor it has seen
  });

  const listen = (request, variables) =>
    Observable.create((sink) => socket.subscribe({ query: request.text, variables }, sink));

  return new Environment({ network: Network.create(askWithFreshToken, listen), store: new Store(new RecordSource()) });
}
