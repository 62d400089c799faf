// What somebody does with urql, scene by scene; prints what they saw.
import { hangUp, losing, play, until, watched } from '../browser.mjs';
import { Session } from '../session.mjs';
import { makeClient } from './client.mjs';
import { follow, INBOX, send, upload } from './messages.mjs';

async function enter({ url, username, password }, fetch) {
  const session = await new Session(url).signIn(username, password);
  return { session, client: makeClient(url, session, fetch) };
}

await play({
  async readAndWrite({ conversation, ...told }) {
    const { wire, fetch } = watched();
    const { client } = await enter(told, fetch);
    const before = await client.query(INBOX, {});
    const { message } = await send(client, conversation, 'hello');
    const after = await client.query(INBOX, {}, { requestPolicy: 'network-only' });
    return {
      methods: wire.map(({ method }) => method),
      last: [before, after].map(({ data }) => data.conversations.nodes[0].lastMessage?.body),
      sequence: message.sequence,
    };
  },

  async sendAgain({ conversation, ...told }) {
    const { client } = await enter(told, losing('sendMessage'));
    return (await send(client, conversation, 'hello')).message.sequence;
  },

  async upload(told) {
    const { client } = await enter(told);
    const { attachment } = await upload(client, new File(['what was said'], 'minutes.txt', { type: 'text/plain' }));
    return (await fetch(attachment.url)).text();
  },

  async refresh({ stale, ...told }) {
    const { wire, fetch } = watched();
    const { client, session } = await enter(told, fetch);
    session.token = stale;
    const { data } = await client.query(INBOX, {});
    return { wire, titles: data.conversations.nodes.map(({ title }) => title), isFresh: session.token !== stale };
  },

  async resync({ conversation, lost, other, ...told }) {
    const [{ client }, { client: bob }] = await Promise.all([enter(told), enter({ ...told, username: other })]);
    const heard = [];
    follow(client, lost, (event) => heard.push(event.message?.body ?? event.__typename));
    await until(() => heard.includes('CaughtUp'));
    await send(bob, conversation, 'after');
    await until(() => heard.includes('after'));
    return heard.filter((event) => event !== 'PresenceChanged');
  },

  async follow({ conversation, other, ...told }) {
    const [{ client }, { client: bob }] = await Promise.all([enter(told), enter({ ...told, username: other })]);
    const { eventCursor } = (await client.query(INBOX, {})).data;
    const heard = [];
    const end = follow(client, eventCursor, (event) => heard.push(event.message?.body ?? event.__typename));
    const say = (body) => send(bob, conversation, body).then(() => until(() => heard.includes(body)));
    await until(() => heard.includes('CaughtUp'));
    await say('before');
    hangUp();
    await say('while away');
    await until(() => heard.filter((event) => event === 'CaughtUp').length === 2);
    await say('after');
    end();
    return heard;
  },
});
