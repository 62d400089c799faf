// What somebody does with Apollo Client, scene by scene; prints what they saw.
import { gql } from '@apollo/client/core';
import { hangUp, losing, play, until, watched } from '../browser.mjs';
import { Session } from '../session.mjs';
import { makeClient } from './client.mjs';
import { follow, HISTORY, loadEarlier, ME, send } from './messages.mjs';
import { sendFile } from './files.mjs';

async function enter({ url, username, password }, fetch) {
  const session = await new Session(url).signIn(username, password);
  const client = makeClient(url, session, fetch);
  return { client, session };
}

/** The history on the screen: `bodies` are what is shown, those that are not sent yet in brackets. */
async function open(client, id) {
  const query = client.watchQuery({ query: HISTORY, variables: { id } });
  const shown = [];
  query.subscribe(({ data }) => data?.conversation && shown.push(data.conversation.messages.edges.map(({ node }) => text(node))));
  await until(() => shown.length);
  return { query, shown };
}

const text = ({ body, sequence }) => (sequence === Number.MAX_SAFE_INTEGER ? `(${body})` : body);
const codeOf = (error) => error.errors?.[0].extensions.code ?? String(error);

await play({
  async walk({ conversation, ...told }) {
    const { client } = await enter(told);
    const { query, shown } = await open(client, conversation);
    const { me } = (await client.query({ query: ME })).data;
    await loadEarlier(query);
    await send(client, me, conversation, 'meanwhile');
    await loadEarlier(query);
    await until(() => shown.at(-1)[0] === '1');
    return shown.at(-1);
  },

  async send({ conversation, ...told }) {
    const { client } = await enter(told, losing('MessageEdge'));
    const { shown } = await open(client, conversation);
    const { me } = (await client.query({ query: ME })).data;
    await send(client, me, conversation, 'hello');
    return shown;
  },

  async refuse({ conversation, ...told }) {
    const { client } = await enter(told);
    const { shown } = await open(client, conversation);
    const { me } = (await client.query({ query: ME })).data;
    const { data } = await send(client, me, conversation, ' ');
    return { codes: data.sendMessage.errors.map(({ code }) => code), shown };
  },

  async refresh({ conversation, stale, ...told }) {
    const { wire, fetch } = watched();
    const { client, session } = await enter(told, fetch);
    session.token = stale;
    const [{ data }, { shown }] = await Promise.all([client.query({ query: ME }), open(client, conversation)]);
    return { wire, username: data.me.username, shown, isFresh: session.token !== stale };
  },

  async refreshInVain({ stale, ...told }) {
    const { wire, fetch } = watched();
    const { client, session } = await enter(told, fetch);
    session.token = stale;
    session.refresh = async () => {};
    const refused = await client.query({ query: ME }).catch(codeOf);
    return { wire, refused };
  },

  async upload({ conversation, ...told }) {
    const { client } = await enter(told);
    const file = new File(['what was said'], 'minutes.txt', { type: 'text/plain' });
    const [attachment] = (await sendFile(client, conversation, file)).attachments;
    return { filename: attachment.filename, content: await (await fetch(attachment.url)).text() };
  },

  async follow({ conversation, other, ...told }) {
    const [{ client }, { client: bob }] = await Promise.all([enter(told), enter({ ...told, username: other })]);
    const { shown } = await open(client, conversation);
    const { eventCursor } = (await client.query({ query: gql`{ eventCursor }` })).data;
    const { me } = (await bob.query({ query: ME })).data;
    const heard = [];
    const end = follow(client, eventCursor, (event) => heard.push(event.message?.body ?? event.__typename));
    const say = (body) => send(bob, me, conversation, body).then(() => until(() => shown.at(-1).includes(body)));
    await until(() => heard.includes('CaughtUp'));
    await say('before');
    hangUp();
    await say('while away');
    await until(() => heard.filter((event) => event === 'CaughtUp').length === 2);
    await say('after');
    end();
    return { heard, shown: shown.at(-1) };
  },

  async resync({ conversation, lost, other, ...told }) {
    const [{ client }, { client: bob }] = await Promise.all([enter(told), enter({ ...told, username: other })]);
    const { shown } = await open(client, conversation);
    const { me } = (await bob.query({ query: ME })).data;
    await send(bob, me, conversation, 'missed');
    follow(client, lost, () => {});
    await until(() => shown.at(-1).includes('missed'));
    await send(bob, me, conversation, 'after');
    await until(() => shown.at(-1).includes('after'));
    return shown.at(-1);
  },

  async persist(told) {
    const { wire, fetch } = watched();
    for (const _ of [1, 2]) await (await enter(told, fetch)).client.query({ query: gql`query Persisted { me { id } }` });
    return wire;
  },
});
