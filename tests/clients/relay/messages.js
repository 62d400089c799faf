// Messages with Relay: a fragment that is refetched by `node`, edges that are appended, and what others send.
import { commitMutation, fetchQuery, graphql, requestSubscription } from 'relay-runtime';
import EarlierQuery from './__generated__/messagesEarlierQuery.graphql';

export const Conversation = graphql`
  query messagesConversationQuery($id: ID!) {
    eventCursor
    me { id username }
    conversation(id: $id) { id ...messages_history }
  }
`;

export const History = graphql`
  fragment messages_history on Conversation
  @refetchable(queryName: "messagesEarlierQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, before: { type: "String" }) {
    title
    messages(last: $count, before: $before) @connection(key: "history_messages") {
      __id
      edges { node { id sequence body } }
      pageInfo { startCursor hasPreviousPage }
    }
  }
`;

const Send = graphql`
  mutation messagesSendMutation($input: SendMessageInput!, $connections: [ID!]!) {
    sendMessage(input: $input) {
      messageEdge @appendEdge(connections: $connections) {
        cursor
        node { id sequence body createdAt sender { id username } }
      }
      errors { code message field }
    }
  }
`;

const Follow = graphql`
  subscription messagesFollowSubscription($after: String, $connections: [ID!]!) {
    events(after: $after) {
      __typename
      cursor
      conversation { id unreadCount }
      ... on MessageSent {
        message @appendNode(connections: $connections, edgeTypeName: "MessageEdge") {
          id sequence body createdAt sender { id username }
        }
      }
    }
  }
`;

/** The fragment again, by `node(id:)`, with the page before: what `loadPrevious` of usePaginationFragment does. */
export function loadEarlier(environment, id, { startCursor }) {
  return fetchQuery(environment, EarlierQuery, { id, count: 20, before: startCursor }).toPromise();
}

/** Seen at once; the key makes it safe to send again what may have been sent already. */
export function send(environment, me, connection, conversationId, body) {
  const idempotencyKey = crypto.randomUUID();
  const message = { id: idempotencyKey, sequence: Number.MAX_SAFE_INTEGER, body, createdAt: new Date(), sender: me };
  return new Promise((resolve, reject) =>
    commitMutation(environment, {
      mutation: Send,
      variables: { input: { conversationId, body, idempotencyKey }, connections: [connection] },
      optimisticResponse: { sendMessage: { messageEdge: { cursor: '', node: message }, errors: [] } },
      onCompleted: ({ sendMessage }) => resolve(sendMessage),
      onError: reject,
    }),
  );
}

/** Tells every event once, whatever breaks: it begins again after the last cursor. Returns how to end it. */
export function follow(environment, connection, after, tell) {
  let listening, waiting;
  const again = () => (waiting = setTimeout(listen, 1000));
  const listen = () => {
    listening = requestSubscription(environment, {
      subscription: Follow,
      variables: { after, connections: [connection] },
      onNext: ({ events }) => {
        after = events.cursor ?? after; // where it goes on after a break; what is not stored has none
        tell(events); // ResyncRequired: too much was missed, so fetch anew what is shown
      },
      onError: again,
      onCompleted: again,
    });
  };
  listen();
  return () => {
    clearTimeout(waiting);
    listening.dispose();
  };
}
