/** A message that the server does not have yet: on its way, or not sent and waiting to be tried again. */
import { timeOf } from '../ui/times';
import { Body } from './Body';
import { type Outgoing, useOutbox } from './Outbox';

export function OutgoingMessage({ message }: { message: Outgoing }) {
  const { retry, discard } = useOutbox();
  return (
    <li className="message" data-own data-waiting={!message.problem}>
      <article className="message-words" aria-label="You, not sent yet">
        <div className="bubble-row">
          <div className="bubble">
            <Body text={message.body} />
            {message.files.map(({ id, filename }) => (
              <p key={id}>{filename}</p>
            ))}
            <p className="stamp">{message.problem ? 'not sent' : timeOf(message.sentAt)}</p>
          </div>
        </div>
        {message.problem ? (
          <div className="receipt" role="alert">
            <span className="problem">Not sent: {message.problem}</span>
            <button type="button" className="link" onClick={() => retry(message)}>
              Try again
            </button>
            <button type="button" className="link" onClick={() => discard(message)}>
              Discard
            </button>
          </div>
        ) : (
          <p className="receipt">Sending …</p>
        )}
      </article>
    </li>
  );
}
