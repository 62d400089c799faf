// Files with Apollo Client: uploaded first, then named in the message that carries them.
import { gql } from '@apollo/client/core';

const UPLOAD = gql`
  mutation Upload($file: Upload!) {
    uploadAttachment(input: { file: $file }) { attachment { id } errors { code message } }
  }
`;

const SEND_FILE = gql`
  mutation SendFile($input: SendMessageInput!) {
    sendMessage(input: $input) {
      message { id attachments { id filename contentType size url thumbnailUrl } }
      errors { code message field }
    }
  }
`;

export async function sendFile(client, conversationId, file) {
  const { data } = await client.mutate({ mutation: UPLOAD, variables: { file } });
  const { attachment, errors } = data.uploadAttachment;
  if (!attachment) throw new Error(errors[0].message);
  const input = { conversationId, body: '', attachmentIds: [attachment.id], idempotencyKey: crypto.randomUUID() };
  return (await client.mutate({ mutation: SEND_FILE, variables: { input } })).data.sendMessage.message;
}
