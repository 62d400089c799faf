// What a bot does with graphql-request, scene by scene; prints what it saw.
import { play } from '../browser.mjs';
import { Session } from '../session.mjs';
import { codeOf, makeClient } from './client.mjs';

async function enter({ url, username, password }) {
  const session = await new Session(url).signIn(username, password);
  return { session, client: makeClient(url, session) };
}

await play({
  async answer(told) {
    const { client } = await enter(told);
    const heard = await client.inbox(true);
    for (const { id, lastMessage } of heard) await client.send({ conversationId: id, body: `You said ${lastMessage.body}` });
    return { heard: heard.map(({ unreadCount, lastMessage }) => [unreadCount, lastMessage.body]), left: await client.inbox(true) };
  },

  async refuse({ conversation, ...told }) {
    const { client } = await enter(told);
    return (await client.send({ conversationId: conversation, body: '' })).errors;
  },

  async refresh({ stale, ...told }) {
    const { client, session } = await enter(told);
    session.token = stale;
    const inbox = await client.inbox();
    session.token = stale;
    session.refresh = async () => {};
    return { conversations: inbox.length, refused: await client.inbox().catch(codeOf) };
  },
});
