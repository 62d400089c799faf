// What the page says to the server: typed by its schema.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { graphql } from './gql';
import type { FollowSubscription, InboxQuery } from './gql/graphql';

const SignIn = graphql(`
  mutation SignIn($input: TokenAuthInput!) {
    tokenAuth(input: $input) { token errors { message } }
  }
`);

const Inbox = graphql(`
  query Inbox {
    eventCursor
    conversations(first: 20) {
      nodes { id title unreadCount participants(first: 5) { nodes { user { displayName } } } }
    }
  }
`);

const History = graphql(`
  query History($id: ID!) {
    conversation(id: $id) {
      messages(last: 20) { nodes { id body createdAt sender { displayName } } }
    }
  }
`);

const Send = graphql(`
  mutation Send($input: SendMessageInput!) {
    sendMessage(input: $input) { message { id sequence } errors { code message } }
  }
`);

const Follow = graphql(`
  subscription Follow($after: String) {
    events(after: $after) {
      __typename
      cursor
      conversation { id unreadCount }
      ... on MessageSent { message { id body createdAt sender { displayName } } }
      ... on TypingChanged { user { displayName } isTyping }
    }
  }
`);

export type Conversation = InboxQuery['conversations']['nodes'][number];
export type Event = FollowSubscription['events'];

export function connect(url: string) {
  let token = '';
  const headers = () => (token ? { Authorization: `Bearer ${token}` } : undefined);
  const socket = createClient({ url: url.replace('http', 'ws'), connectionParams: headers, retryAttempts: 0 });
  const live = subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
    }),
  });
  const client = new Client({
    url,
    fetchOptions: () => ({ headers: headers() }),
    preferGetMethod: false,
    exchanges: [fetchExchange, live],
  });

  return {
    async signIn(username: string, password: string) {
      const { data, error } = await client.mutation(SignIn, { input: { username, password } });
      if (!data?.tokenAuth.token) throw error ?? new Error(data?.tokenAuth.errors[0].message);
      token = data.tokenAuth.token;
    },

    async inbox() {
      const { data, error } = await client.query(Inbox, {});
      if (!data) throw error;
      return { cursor: data.eventCursor, conversations: data.conversations.nodes };
    },

    async history(id: string) {
      const { data, error } = await client.query(History, { id });
      if (error) throw error;
      return data?.conversation?.messages.nodes ?? []; // null: not there, or not yours to see
    },

    async send(conversationId: string, body: string) {
      const input = { conversationId, body, idempotencyKey: crypto.randomUUID() };
      const { data, error } = await client.mutation(Send, { input });
      if (!data?.sendMessage.message) throw error ?? new Error(data?.sendMessage.errors[0].message);
      return data.sendMessage.message.sequence;
    },

    /** Tells every event once, whatever breaks: it begins again after the last cursor. */
    follow(after: string, tell: (event: Event) => void) {
      const listening = client.subscription(Follow, { after }).subscribe(({ data, error }) => {
        if (data) {
          after = data.events.cursor ?? after; // what is not stored has none
          tell(data.events);
        }
        if (error || data?.events.__typename === 'ResyncRequired') {
          listening.unsubscribe();
          setTimeout(() => this.follow(after, tell), 1000);
        }
      });
    },
  };
}
