// Messages with Apollo Client: history backwards, sending before it is sent, and what others send.
import { gql } from '@apollo/client/core';

const MESSAGE = gql`
  fragment MessageParts on Message {
    id
    sequence
    body
    createdAt
    sender { id username }
  }
`;

export const ME = gql`query Me { me { id username } }`;

export const HISTORY = gql`
  query History($id: ID!, $before: String) {
    conversation(id: $id) {
      id
      title
      messages(last: 20, before: $before) {
        edges { cursor node { ...MessageParts } }
        pageInfo { startCursor hasPreviousPage }
      }
    }
  }
  ${MESSAGE}
`;

const SEND = gql`
  mutation Send($input: SendMessageInput!) {
    sendMessage(input: $input) {
      messageEdge { cursor node { ...MessageParts } }
      errors { code message field }
    }
  }
  ${MESSAGE}
`;

const FOLLOW = gql`
  subscription Follow($after: String) {
    events(after: $after) {
      __typename
      cursor
      conversation { id unreadCount }
      ... on MessageSent { message { ...MessageParts } }
      ... on MessageEdited { message { ...MessageParts } }
      ... on MessageDeleted { message { ...MessageParts } }
    }
  }
  ${MESSAGE}
`;

/** The page before the ones that are there: relayStylePagination puts it in front of them. */
export async function loadEarlier(history) {
  const { pageInfo } = history.getCurrentResult().data.conversation.messages;
  if (pageInfo.hasPreviousPage) await history.fetchMore({ variables: { before: pageInfo.startCursor } });
}

/** Seen at once, and sent once, however often it has to be tried: that is what the key is for. */
export function send(client, me, conversationId, body) {
  const idempotencyKey = crypto.randomUUID();
  const message = {
    __typename: 'Message',
    id: idempotencyKey,
    sequence: Number.MAX_SAFE_INTEGER,
    body,
    createdAt: new Date().toISOString(),
    sender: me,
  };
  return client.mutate({
    mutation: SEND,
    variables: { input: { conversationId, body, idempotencyKey } },
    optimisticResponse: {
      sendMessage: {
        __typename: 'MessagePayload',
        messageEdge: { __typename: 'MessageEdge', cursor: '', node: message },
        errors: [],
      },
    },
    update: (cache, { data }) => addMessage(cache, conversationId, data.sendMessage.messageEdge?.node),
  });
}

/** At the end of the history, if it is not there yet: one's own message comes as an answer and as an event. */
function addMessage(cache, conversationId, message) {
  if (!message) return; // refused: data.sendMessage.errors says why
  cache.modify({
    id: cache.identify({ __typename: 'Conversation', id: conversationId }),
    fields: {
      messages(history, { readField, toReference, storeFieldName }) {
        const isThere = history.edges.some((edge) => readField('id', edge.node) === message.id);
        if (isThere || storeFieldName !== 'messages:{}') return history; // other filters have other lists
        const edge = { __typename: 'MessageEdge', cursor: '', node: toReference(message, true) };
        return { ...history, edges: [...history.edges, edge] };
      },
    },
  });
}

/** Keeps the cache as it is on the server, and tells every event once, whatever breaks. Returns how to end it. */
export function follow(client, after, tell) {
  let listening, waiting;
  const apply = (event) => {
    after = event.cursor ?? after; // where it goes on after a break; what is not stored has none
    if (event.__typename === 'MessageSent') addMessage(client.cache, event.conversation.id, event.message);
    if (event.__typename === 'ResyncRequired') client.refetchObservableQueries(); // too much was missed
    tell(event);
  };
  const listen = () => {
    listening = client.subscribe({ query: FOLLOW, variables: { after } }).subscribe({
      next: ({ data }) => data && apply(data.events),
      complete: () => (waiting = setTimeout(listen, 1000)),
    });
  };
  listen();
  return () => {
    clearTimeout(waiting);
    listening.unsubscribe();
  };
}
