/** The messages of the open conversation, oldest first; it stays at the newest, and reads what it shows. */
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { BubbleFragment } from '../generated';
import { Icon } from '../ui/Icon';
import { useMe } from '../ui/me';
import { listed } from '../ui/names';
import type { OpenConversation } from './Head';
import { Messages } from './Messages';
import { OutgoingMessage } from './OutgoingMessage';
import { useOutbox } from './Outbox';
import { receiptOf } from './receipts';
import { useTypists } from './typing';
import { type History, useHistory } from './useHistory';
import { useMarkRead } from './useMarkRead';

interface Props {
  conversation: OpenConversation;
  onReply: (message: BubbleFragment) => void;
  onEdit: (message: BubbleFragment) => void;
  onResync: () => void;
}

const NEAR = 60; // pixels

export function MessageList({ conversation, onReply, onEdit, onResync }: Props) {
  const me = useMe().id;
  const history = useHistory(conversation.id, conversation.lastSequence, onResync);
  const { messages } = history;
  const sent = new Set(messages.map(({ idempotencyKey }) => idempotencyKey));
  const outgoing = useOutbox().outgoing.filter((one) => one.conversationId === conversation.id && !sent.has(one.key));
  const typists = useTypists(conversation.id).map(({ name }) => name);
  const [isAtEnd, setIsAtEnd] = useState(true);
  const [unreadAfter] = useState(() => lastRead(conversation)); // as it was when one came
  useMarkRead(conversation, messages.at(-1), isAtEnd);

  const scroller = useRef<HTMLElement>(null);
  const toEnd = () => {
    scroller.current?.scrollTo({ top: 0 });
  };
  useEffect(toEnd, [outgoing.length]);

  return (
    <div className="history-frame">
      {/* Upside down: it stays at its end by itself, and earlier messages push nothing away. */}
      <section
        ref={scroller}
        className="history"
        aria-label="Messages"
        tabIndex={0}
        onScroll={(event) => setIsAtEnd(event.currentTarget.scrollTop > -NEAR)}
      >
        <div className="history-inner">
          {history.problem && (
            <p className="problem" role="alert">
              {history.problem}{' '}
              <button type="button" className="link" onClick={history.askAgain}>
                Try again
              </button>
            </p>
          )}
          {history.hasEarlier && <Earlier {...history} />}
          <Messages
            messages={messages}
            unreadAfter={unreadAfter}
            receipt={receiptOf(messages, conversation.participants.nodes, me)}
            onReply={conversation.viewerCanSend ? onReply : undefined}
            onEdit={onEdit}
          />
          {outgoing.length > 0 && (
            <ol className="messages" aria-label="On their way">
              {outgoing.map((message) => (
                <OutgoingMessage key={message.key} message={message} />
              ))}
            </ol>
          )}
          <p className="typing soft" role="status">
            {typists.length > 0 && `${listed(typists)} ${typists.length === 1 ? 'is' : 'are'} typing …`}
          </p>
        </div>
      </section>
      {!isAtEnd && (
        <button type="button" className="to-end" onClick={toEnd}>
          <Icon name="down" />
          {conversation.unreadCount > 0 ? `${conversation.unreadCount} new` : 'Newest'}
        </button>
      )}
    </div>
  );
}

function lastRead({ lastSequence, unreadCount }: OpenConversation): number | undefined {
  return unreadCount > 0 ? lastSequence - unreadCount : undefined;
}

/** A button that presses itself when it is scrolled into view; after a failure only by hand. */
function Earlier({ isLoading, earlierProblem, loadEarlier }: History) {
  const button = useRef<HTMLButtonElement>(null);
  const show = useEffectEvent(() => {
    if (!earlierProblem) loadEarlier(); // the observer may speak once more before it is disconnected
  });
  useEffect(() => {
    if (earlierProblem) return;
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && show());
    seen.observe(button.current!);
    return () => seen.disconnect();
  }, [isLoading, earlierProblem]);

  return (
    <div className="earlier">
      <p className="problem" role="alert">
        {earlierProblem}
      </p>
      <button ref={button} type="button" className="link more" aria-disabled={isLoading} onClick={loadEarlier}>
        {isLoading ? 'Loading …' : 'Earlier messages'}
      </button>
    </div>
  );
}
