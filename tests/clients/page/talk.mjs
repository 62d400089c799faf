// What the page does without its screen, for node; prints what was seen.
import { hangUp, play, until } from '../browser.mjs';
import { connect } from './src/chat';

await play({
  async talk({ url, username, password, other }) {
    const [alice, bob] = [connect(url), connect(url)];
    await alice.signIn(username, password);
    await bob.signIn(other, password);
    const { cursor, conversations } = await alice.inbox();
    const heard = [];
    alice.follow(cursor, (event) => event.__typename === 'MessageSent' && heard.push(event.message.body));
    const sequence = await bob.send(conversations[0].id, 'hello');
    await until(() => heard.includes('hello'));
    hangUp();
    await bob.send(conversations[0].id, 'still there?');
    await until(() => heard.includes('still there?'));
    const history = (await alice.history(conversations[0].id)).map(({ body }) => body);
    return { heard, sequence, history };
  },

  async refuse({ url, username }) {
    return connect(url).signIn(username, 'a wrong password').catch(({ message }) => message);
  },
});
