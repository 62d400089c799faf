/** The chat: the inbox, and the conversation that is open. One pane at a time where there is no room for two. */
import { useState } from 'react';
import { useQuery } from 'urql';
import { Conversation } from './conversation/Conversation';
import { Outbox } from './conversation/Outbox';
import { Follow } from './Follow';
import { BeginDocument } from './generated';
import { Inbox } from './inbox/Inbox';
import { explain } from './server/refusals';
import { Announcer } from './ui/Announcer';
import { MeContext } from './ui/me';
import { useRoute } from './ui/route';

interface Props {
  onResync: () => void;
  onSignOut: () => void;
}

export function Chat({ onResync, onSignOut }: Props) {
  const [{ data, error }, again] = useQuery({ query: BeginDocument });
  const { conversationId, messageId } = useRoute();
  const [cursor, setCursor] = useState<string>();
  if (data && !cursor) setCursor(data.eventCursor);

  if (data?.me && cursor) {
    return (
      <MeContext value={data.me}>
        <Announcer>
          <Follow after={cursor} onResync={onResync}>
            <Outbox>
              <div className="chat" data-open={Boolean(conversationId)}>
                <Inbox openId={conversationId} onSignOut={onSignOut} />
                <main className="pane">
                  {conversationId ? (
                    <Conversation key={conversationId} id={conversationId} messageId={messageId} onResync={onResync} />
                  ) : (
                    <p className="waiting">Choose a conversation, or start one.</p>
                  )}
                </main>
              </div>
            </Outbox>
          </Follow>
        </Announcer>
      </MeContext>
    );
  }
  return (
    <main className="waiting">
      {error ? (
        <>
          <p role="alert">{explain(error)}</p>
          <button type="button" className="main-action" onClick={() => again({ requestPolicy: 'network-only' })}>
            Try again
          </button>
        </>
      ) : (
        <p className="moment">One moment …</p>
      )}
    </main>
  );
}
