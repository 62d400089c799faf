// What the compiler must refuse, once this lies in src: each line below a comment is an error, or `tsc` fails.
import type { Event } from './chat';
import { graphql } from './gql';
import type { AttachMutationVariables, SendMessageInput } from './gql/graphql';

graphql(`
  mutation Attach($file: Upload!) {
    uploadAttachment(input: { file: $file }) { attachment { id } errors { code } }
  }
`);

declare const event: Event;
if (event.__typename === 'MessageSent') {
  // @ts-expect-error - the schema has no such field
  event.message.text;
  // @ts-expect-error - a DateTime is a string
  event.message.createdAt.getTime();
}
// @ts-expect-error - not every event has a message
event.message;
// @ts-expect-error - there is no such event
event.__typename === 'MessageRead';
// @ts-expect-error - an Upload is a File
export const file: AttachMutationVariables = { file: 'picture.png' };
// @ts-expect-error - the body is missing
export const input: SendMessageInput = { conversationId: '1' };
