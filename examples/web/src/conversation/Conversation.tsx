/** The right pane: one conversation, its head, its messages, and what one writes. */
import { useState } from 'react';
import { useQuery } from 'urql';
import { type BubbleFragment, OneConversationDocument } from '../generated';
import { explain } from '../server/refusals';
import { INBOX } from '../ui/route';
import { Composer, type Subject } from './Composer';
import { Found } from './Found';
import { Head } from './Head';
import { MessageList } from './MessageList';

interface Props {
  id: string;
  messageId?: string;
  onResync: () => void;
}

export function Conversation({ id, messageId, onResync }: Props) {
  const [{ data, error, fetching }] = useQuery({ query: OneConversationDocument, variables: { id } });
  const [subject, setSubject] = useState<Subject>();
  const conversation = data?.conversation;

  if (!conversation && fetching) return <p className="waiting moment">One moment …</p>;
  if (!conversation) {
    return (
      <p className="waiting">
        {error ? explain(error) : 'There is no such conversation, or not any more.'}{' '}
        <a href={INBOX}>Back to all conversations</a>
      </p>
    );
  }
  const reply = (message: BubbleFragment) => setSubject({ kind: 'reply', message });
  const edit = (message: BubbleFragment) => setSubject({ kind: 'edit', message });
  return (
    <>
      <Head conversation={conversation} />
      {messageId ? (
        <Found key={messageId} conversation={conversation} messageId={messageId} />
      ) : (
        <>
          <MessageList conversation={conversation} onReply={reply} onEdit={edit} onResync={onResync} />
          <Composer conversation={conversation} subject={subject} onSubject={setSubject} />
        </>
      )}
    </>
  );
}
