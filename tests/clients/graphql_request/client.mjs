// graphql-request: one question, one answer; for scripts and bots.
import { ClientError, gql, GraphQLClient } from 'graphql-request';

const INBOX = gql`
  query Inbox($unreadOnly: Boolean) {
    conversations(first: 20, filters: { unreadOnly: $unreadOnly }) {
      nodes { id title unreadCount lastMessage { body sender { username } } }
    }
  }
`;

const SEND = gql`
  mutation Send($input: SendMessageInput!) {
    sendMessage(input: $input) {
      message { id sequence }
      errors { code message field }
    }
  }
`;

export function makeClient(url, session) {
  const client = new GraphQLClient(url, { headers: () => session.headers });
  const ask = (document, variables) => client.request(document, variables);

  /** Once more with a fresh token, if that is what was wrong. */
  async function request(document, variables) {
    try {
      return await ask(document, variables);
    } catch (error) {
      if (codeOf(error) !== 'UNAUTHENTICATED') throw error;
      await session.refresh();
      return ask(document, variables);
    }
  }

  return {
    inbox: async (unreadOnly) => (await request(INBOX, { unreadOnly })).conversations.nodes,
    send: async (input) => (await request(SEND, { input })).sendMessage,
  };
}

/** Of a request that was refused as a whole. A mutation that was refused has `errors` in its payload. */
export const codeOf = (error) => error instanceof ClientError && error.response.errors?.[0].extensions.code;
