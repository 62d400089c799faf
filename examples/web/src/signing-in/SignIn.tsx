/** The door: signing in, or registering. */
import { type FormEvent, useState } from 'react';
import { RegisterDocument, type RefusalFragment, SignInDocument } from '../generated';
import { anybody } from '../server/anybody';
import { explain } from '../server/refusals';
import { type Tokens, tokensOf } from '../server/session';
import { Field } from '../ui/Field';

interface Props {
  farewell?: string;
  onSignedIn: (tokens: Tokens) => void;
}

const DEVICE = 'Parley in a browser';
const FIELDS = ['username', 'email', 'password', 'firstName', 'lastName'];

export function SignIn({ farewell, onSignedIn }: Props) {
  const [isNew, setIsNew] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [refusals, setRefusals] = useState<Pick<RefusalFragment, 'field' | 'message'>[]>([]);
  const problemOf = (field: string) => refusals.find((one) => one.field === field)?.message;
  const general = refusals.find((one) => !FIELDS.includes(one.field ?? ''))?.message;

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setIsBusy(true);
    const given = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    const { payload, problem = '' } = await (isNew ? register(given) : signIn(given));
    const tokens = payload && tokensOf(payload);
    if (tokens) return onSignedIn(tokens);
    setRefusals(payload?.errors ?? [{ field: null, message: problem }]);
    setIsBusy(false);
  };

  return (
    <main className="door">
      <h1>Parley</h1>
      <p className="soft">{isNew ? 'Make an account, and write to somebody.' : 'Good to see you. Who are you?'}</p>
      <form onSubmit={submit}>
        <p role="alert" className="problem">
          {general ?? (refusals.length ? '' : farewell)}
        </p>
        <Field
          key={isNew ? 'new' : 'known'}
          label={isNew ? 'Username' : 'Username or e-mail address'}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          required
          autoFocus
          problem={problemOf('username')}
        />
        {isNew && (
          <>
            <Field label="E-mail address" name="email" type="email" autoComplete="email" required problem={problemOf('email')} />
            <div className="pair">
              <Field label="First name" name="firstName" autoComplete="given-name" problem={problemOf('firstName')} />
              <Field label="Last name" name="lastName" autoComplete="family-name" problem={problemOf('lastName')} />
            </div>
          </>
        )}
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete={isNew ? 'new-password' : 'current-password'}
          required
          problem={problemOf('password')}
        />
        <button className="main-action" disabled={isBusy}>
          {isNew ? 'Register' : 'Sign in'}
        </button>
      </form>
      <p className="soft">
        {isNew ? 'You have an account?' : 'You are new here?'}{' '}
        <button
          type="button"
          className="link"
          onClick={() => {
            setIsNew(!isNew);
            setRefusals([]);
          }}
        >
          {isNew ? 'Sign in' : 'Register'}
        </button>
      </p>
    </main>
  );
}

async function signIn({ username = '', password = '' }: Record<string, string>) {
  const input = { username, password, device: DEVICE };
  const { data, error } = await anybody.mutation(SignInDocument, { input }).toPromise();
  return { payload: data?.tokenAuth, problem: error && explain(error) };
}

async function register({ username = '', email = '', password = '', ...names }: Record<string, string>) {
  const input = { username, email, password, device: DEVICE, ...names };
  const { data, error } = await anybody.mutation(RegisterDocument, { input }).toPromise();
  return { payload: data?.register, problem: error && explain(error) };
}
