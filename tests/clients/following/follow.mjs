// A front end that follows somebody's events, over WebSocket or as server-sent events: whatever breaks, it comes back
// by itself, after the last cursor that it has seen. Prints what happens, each as a line of JSON.
import { createClient as socketClient } from 'graphql-ws';
import { createClient as streamClient, NetworkError } from 'graphql-sse';
import WebSocket from 'ws';

const { transport, address, username, password, after } = JSON.parse(process.argv[2]);
const tell = (line) => console.log(JSON.stringify(line));
const moment = () => new Promise((done) => setTimeout(done, 100));

// Both clients make a request of this object each time they connect, with whatever `after` is by then.
const request = {
  query: `subscription Follow($after: String) {
    events(after: $after) { __typename cursor ... on MessageSent { message { body } } }
  }`,
  variables: { after },
};

// For every connection a fresh token: the last one may have expired, or its session may have ended.
async function signIn() {
  const query = 'mutation In($input: TokenAuthInput!) { tokenAuth(input: $input) { token } }';
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables: { input: { username, password } } }),
  });
  const { data } = await response.json();
  return { Authorization: `Bearer ${data.tokenAuth.token}` };
}

const clients = {
  websocket: () =>
    socketClient({
      url: `${address.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: signIn,
      retryAttempts: Infinity,
      retryWait: moment,
      shouldRetry: () => true, // left to itself it does not come back to an address where nobody listens for a while
      on: { connected: () => tell({ connected: true }), closed: ({ code }) => tell({ closed: code }) },
    }),
  stream: () =>
    streamClient({
      url: `${address}/graphql`,
      singleConnection: false,
      // What `headers` throws is final, unless it is a NetworkError.
      headers: () => signIn().catch((error) => Promise.reject(new NetworkError(error))),
      retryAttempts: Infinity,
      retry: moment,
      on: { connected: () => tell({ connected: true }) },
    }),
};

clients[transport]().subscribe(request, {
  next: ({ data, errors }) => {
    if (errors) return tell({ errors });
    request.variables.after = data.events.cursor ?? request.variables.after; // what is not stored has no cursor
    tell({ event: data.events.__typename, body: data.events.message?.body });
  },
  error: (error) => tell({ failed: String(error?.message ?? error?.code ?? error) }),
  complete: () => tell({ complete: true }),
});
