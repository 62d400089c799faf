/** A message among its neighbours: where a search or a quotation leads. */
import { useQuery } from 'urql';
import { AroundDocument } from '../generated';
import { explain } from '../server/refusals';
import { Icon } from '../ui/Icon';
import { linkTo } from '../ui/route';
import type { OpenConversation } from './Head';
import { Messages } from './Messages';

export function Found({ conversation, messageId }: { conversation: OpenConversation; messageId: string }) {
  const { id } = conversation;
  const [{ data, error, fetching }] = useQuery({ query: AroundDocument, variables: { id, messageId } });
  const messages = data?.conversation?.messages.nodes ?? [];
  const first = messages[0];
  const last = messages.at(-1);

  return (
    <div className="history-frame">
      <section className="scroll grow" aria-label="Messages" tabIndex={0}>
        <div className="history-inner">
          {error && <p className="problem">{explain(error)}</p>}
          {!fetching && !error && messages.length === 0 && <p className="waiting">This message is not there any more.</p>}
          {first && first.sequence > 1 && first.id !== messageId && (
            <a className="link more" href={linkTo(id, first.id)}>
              Earlier messages
            </a>
          )}
          <Messages messages={messages} highlightId={messageId} />
          {last && last.sequence < conversation.lastSequence && last.id !== messageId && (
            <a className="link more" href={linkTo(id, last.id)}>
              Later messages
            </a>
          )}
        </div>
      </section>
      <a className="to-end" href={linkTo(id)}>
        <Icon name="down" /> To the newest
      </a>
    </div>
  );
}
