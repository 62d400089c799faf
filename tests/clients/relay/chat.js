// What somebody does with Relay, scene by scene; prints what they saw.
import { fetchQuery } from 'relay-runtime';
import { observeFragment } from 'relay-runtime/experimental';
import { hangUp, play, until } from '../browser.mjs';
import { Session } from '../session.mjs';
import { makeEnvironment } from './environment';
import { Conversation, follow, History, loadEarlier, send } from './messages';

async function enter({ url, username, password }) {
  const session = await new Session(url).signIn(username, password);
  return { session, environment: makeEnvironment(url, session) };
}

/** What somebody sees of a conversation, each time it changes: as useFragment would show it. */
async function open(environment, id) {
  const { conversation, me, eventCursor } = await fetchQuery(environment, Conversation, { id }).toPromise();
  const seen = [];
  observeFragment(environment, History, conversation).subscribe({ next: ({ value }) => seen.push(value) });
  const shown = () => seen.map(({ messages }) => messages.edges.map(({ node }) => text(node)));
  return { me, eventCursor, now: () => seen.at(-1), shown };
}

const text = ({ body, sequence }) => (sequence === Number.MAX_SAFE_INTEGER ? `(${body})` : body);

await play({
  async walk({ conversation, ...told }) {
    const { environment } = await enter(told);
    const { now, shown } = await open(environment, conversation);
    const pages = [now().messages.edges.length];
    while (now().messages.pageInfo.hasPreviousPage) {
      await loadEarlier(environment, conversation, now().messages.pageInfo);
      pages.push(now().messages.edges.length);
    }
    return { pages, shown: shown().at(-1) };
  },

  async send({ conversation, ...told }) {
    const { environment } = await enter(told);
    const { me, now, shown } = await open(environment, conversation);
    await send(environment, me, now().messages.__id, conversation, 'hello');
    const { errors } = await send(environment, me, now().messages.__id, conversation, ' ');
    return { shown: shown(), codes: errors.map(({ code }) => code) };
  },

  async refresh({ conversation, stale, ...told }) {
    const { environment, session } = await enter(told);
    session.token = stale;
    const { now } = await open(environment, conversation);
    return { title: now().title, isFresh: session.token !== stale };
  },

  async resync({ conversation, lost, ...told }) {
    const { environment } = await enter(told);
    const { me, now, shown } = await open(environment, conversation);
    const heard = [];
    follow(environment, now().messages.__id, lost, (event) => heard.push(event.__typename));
    await until(() => heard.includes('CaughtUp'));
    await send(environment, me, now().messages.__id, conversation, 'after');
    await until(() => heard.includes('MessageSent'));
    return { heard: heard.filter((event) => event !== 'PresenceChanged'), shown: shown().at(-1) };
  },

  async follow({ conversation, other, ...told }) {
    const [{ environment }, { environment: elsewhere }] = await Promise.all([enter(told), enter({ ...told, username: other })]);
    const { eventCursor, now, shown } = await open(environment, conversation);
    const bob = await open(elsewhere, conversation);
    const heard = [];
    const end = follow(environment, now().messages.__id, eventCursor, (event) => heard.push(event.__typename));
    const say = (body) => send(elsewhere, bob.me, bob.now().messages.__id, conversation, body);
    await until(() => heard.includes('CaughtUp'));
    await say('before');
    await until(() => heard.includes('MessageSent'));
    hangUp();
    await say('while away');
    await until(() => heard.filter((event) => event === 'CaughtUp').length === 2);
    await say('after');
    await until(() => shown().at(-1).includes('after'));
    end();
    return { heard, shown: shown().at(-1) };
  },
});
