// Messages with urql: reading, sending, and what others send.
import { gql } from '@urql/core';

export const INBOX = gql`
  query Inbox {
    eventCursor
    conversations(first: 20) {
      nodes { id title unreadCount lastMessage { id body } }
    }
  }
`;

const SEND = gql`
  mutation Send($input: SendMessageInput!) {
    sendMessage(input: $input) {
      message { id sequence body }
      errors { code message field }
    }
  }
`;

const FOLLOW = gql`
  subscription Follow($after: String) {
    events(after: $after) {
      __typename
      cursor
      conversation { id unreadCount }
      ... on MessageSent { message { id sequence body sender { username } } }
    }
  }
`;

const UPLOAD = gql`
  mutation Upload($file: Upload!) {
    uploadAttachment(input: { file: $file }) { attachment { id url } errors { code message } }
  }
`;

export const upload = async (client, file) => (await client.mutation(UPLOAD, { file })).data.uploadAttachment;

/** The key makes it safe to send again what may have been sent already. */
export async function send(client, conversationId, body, idempotencyKey = crypto.randomUUID()) {
  const { data, error } = await client.mutation(SEND, { input: { conversationId, body, idempotencyKey } });
  if (error?.networkError) {
    await new Promise((done) => setTimeout(done, 1000));
    return send(client, conversationId, body, idempotencyKey);
  }
  if (error) throw error;
  return data.sendMessage;
}

/** Tells every event once, whatever breaks: it begins again after the last cursor. Returns how to end it. */
export function follow(client, after, tell) {
  let listening, waiting;
  const listen = () => {
    listening = client.subscription(FOLLOW, { after }).subscribe(({ data, error }) => {
      if (data) {
        after = data.events.cursor ?? after; // where it goes on after a break; what is not stored has none
        tell(data.events); // ResyncRequired: too much was missed, so read anew what is shown
      }
      if (error || data.events.__typename === 'ResyncRequired') {
        listening.unsubscribe();
        waiting = setTimeout(listen, 1000);
      }
    });
  };
  listen();
  return () => {
    clearTimeout(waiting);
    listening.unsubscribe();
  };
}
