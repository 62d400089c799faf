// The page: sign in, choose a conversation, read, write, and see what others write.
import { connect, type Conversation, type Event } from './chat';

const find = <Found extends Element>(selector: string) => document.querySelector<Found>(selector)!;
const chat = connect(import.meta.env.VITE_PARLEY ?? 'http://127.0.0.1:8000/graphql');
const chosen = find<HTMLSelectElement>('select');
const messages = find<HTMLOListElement>('ol');
window.onunhandledrejection = ({ reason }) => (find('[role=alert]').textContent = reason.message);

find<HTMLFormElement>('#sign-in').onsubmit = async (submitted) => {
  submitted.preventDefault();
  const form = new FormData(submitted.target as HTMLFormElement);
  await chat.signIn(String(form.get('username')), String(form.get('password')));
  const { cursor, conversations } = await chat.inbox();
  chosen.replaceChildren(...conversations.map((one) => new Option(nameOf(one), one.id)));
  find<HTMLElement>('main').hidden = false;
  await show();
  chat.follow(cursor, apply);
};

find<HTMLFormElement>('#send').onsubmit = async (submitted) => {
  submitted.preventDefault();
  const form = submitted.target as HTMLFormElement;
  await chat.send(chosen.value, String(new FormData(form).get('body')));
  form.reset();
};

chosen.onchange = show;

/** Who talks, where nobody has given it a title. */
function nameOf({ title, participants }: Conversation) {
  return title || participants.nodes.map(({ user }) => user.displayName).join(', ');
}

async function show() {
  messages.replaceChildren(...(await chat.history(chosen.value)).map(line));
}

function apply(event: Event) {
  if (event.__typename === 'ResyncRequired') void show(); // too much was missed
  if (event.__typename === 'MessageSent' && event.conversation?.id === chosen.value) messages.append(line(event.message));
}

function line({ body, createdAt, sender }: Extract<Event, { __typename: 'MessageSent' }>['message']) {
  const item = document.createElement('li');
  item.textContent = `${new Date(createdAt).toLocaleTimeString()} ${sender?.displayName ?? 'Somebody'}: ${body}`;
  return item;
}
