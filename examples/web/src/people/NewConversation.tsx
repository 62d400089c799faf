/** Starting a conversation: one person makes it direct, several make it a group with a title. */
import { type FormEvent, useState } from 'react';
import { useClient, useQuery } from 'urql';
import {
  type CreateConversationInput,
  FindPeopleDocument,
  type PersonFragment,
  StartDirectDocument,
  StartGroupDocument,
} from '../generated';
import { newKey } from '../server/keys';
import { explain, refusalOf } from '../server/refusals';
import { Avatar } from '../ui/Avatar';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { useMe } from '../ui/me';
import { linkTo, open } from '../ui/route';

export function NewConversation({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const [chosen, setChosen] = useState<PersonFragment[]>([]);
  const [title, setTitle] = useState('');
  const [problem, setProblem] = useState<string>();
  const [key] = useState(newKey); // trying again never makes a second group
  const isGroup = chosen.length > 1;

  const toggle = (person: PersonFragment) => {
    setChosen(isAmong(chosen, person) ? chosen.filter(({ id }) => id !== person.id) : [...chosen, person]);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const ids = chosen.map(({ id }) => id);
    const { conversation, refusal } = await (isGroup
      ? startGroup(client, { title, participantIds: ids, idempotencyKey: key })
      : startDirect(client, ids[0]!));
    if (!conversation) return setProblem(refusal);
    onClose();
    open(linkTo(conversation.id));
  };

  return (
    <Dialog title="New conversation" onClose={onClose}>
      <form className="dialog-form" onSubmit={submit}>
        <People chosen={chosen} onToggle={toggle} />
        {isGroup && (
          <Field label="Title of the group" maxLength={100} required value={title} onChange={(e) => setTitle(e.target.value)} />
        )}
        <p role="alert" className="problem">
          {problem}
        </p>
        <button className="main-action" disabled={chosen.length === 0}>
          {isGroup ? `Start a group of ${chosen.length + 1}` : 'Start'}
        </button>
      </form>
    </Dialog>
  );
}

interface PeopleProps {
  chosen: PersonFragment[];
  onToggle: (person: PersonFragment) => void;
}

function People({ chosen, onToggle }: PeopleProps) {
  const me = useMe().id;
  const [search, setSearch] = useState('');
  const [{ data, error }] = useQuery({ query: FindPeopleDocument, variables: { search: search.trim() || null } });
  const found = data?.users.nodes.filter(({ id }) => id !== me) ?? [];
  const rows = [...chosen.filter((person) => !isAmong(found, person)), ...found];

  return (
    <>
      <Field label="Find people" type="search" autoFocus value={search} onChange={(e) => setSearch(e.target.value)} />
      {error && <p className="problem">{explain(error)}</p>}
      <fieldset className="people scroll">
        <legend className="unseen">With whom</legend>
        {rows.map((person) => (
          <label key={person.id} className="person">
            <input type="checkbox" checked={isAmong(chosen, person)} onChange={() => onToggle(person)} />
            <Avatar name={person.displayName} url={person.avatarUrl} isOnline={person.isOnline} />
            <span className="line-words">
              <span className="cut">{person.displayName}</span>
              <span className="cut soft">
                {person.username}
                {person.isOnline && ', online'}
              </span>
            </span>
          </label>
        ))}
        {data && rows.length === 0 && <p className="soft">Nobody was found.</p>}
      </fieldset>
    </>
  );
}

function isAmong(people: PersonFragment[], person: PersonFragment): boolean {
  return people.some(({ id }) => id === person.id);
}

type Client = ReturnType<typeof useClient>;

async function startDirect(client: Client, userId: string) {
  const { data, error } = await client.mutation(StartDirectDocument, { userId }).toPromise();
  const payload = data?.startDirectConversation;
  return { conversation: payload?.conversation, refusal: refusalOf(error, payload?.errors) };
}

async function startGroup(client: Client, input: CreateConversationInput) {
  const { data, error } = await client.mutation(StartGroupDocument, { input }).toPromise();
  const payload = data?.createConversation;
  return { conversation: payload?.conversation, refusal: refusalOf(error, payload?.errors) };
}
