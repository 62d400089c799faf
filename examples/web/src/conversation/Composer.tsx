/** Where one writes: a new message, an answer, or other words for one of one's own. */
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useMutation } from 'urql';
import { type BubbleFragment, EditDocument } from '../generated';
import { refusalOf } from '../server/refusals';
import { Icon } from '../ui/Icon';
import { useMe } from '../ui/me';
import { nameOf, titleOf } from '../ui/names';
import type { OpenConversation } from './Head';
import { useOutbox } from './Outbox';
import { useSayTyping } from './typing';
import { UploadList } from './UploadList';
import { useUploads } from './useUploads';

export interface Subject {
  kind: 'reply' | 'edit';
  message: BubbleFragment;
}

interface Props {
  conversation: OpenConversation;
  subject?: Subject;
  onSubject: (subject?: Subject) => void;
}

const unsent = new Map<string, string>(); // by conversation: what one has begun to write

export function Composer({ conversation, subject, onSubject }: Props) {
  const me = useMe().id;
  const isEdit = subject?.kind === 'edit';
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const [, editMessage] = useMutation(EditDocument);
  const { uploads, add, remove, clear } = useUploads();
  const { send } = useOutbox();
  const sayTyping = useSayTyping(conversation.id);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    setText(subject?.kind === 'edit' ? subject.message.body : (unsent.get(conversation.id) ?? ''));
    setProblem(undefined);
    if (subject) field.current?.focus();
  }, [subject, conversation.id]);
  useEffect(() => {
    // Where there is no keyboard, one of the screen's would cover what one came to read.
    if (matchMedia('(hover: hover)').matches) field.current?.focus();
  }, []);

  const files = uploads.flatMap(({ file }) => file ?? []);
  const isUploading = uploads.some(({ file, problem }) => !file && !problem);
  const canSend = !isUploading && (text.trim() !== '' || (files.length > 0 && !isEdit));

  const write = (value: string) => {
    setText(value);
    if (isEdit) return;
    unsent.set(conversation.id, value);
    sayTyping(value !== '');
  };
  const saveEdit = async (message: BubbleFragment) => {
    const { data, error } = await editMessage({ messageId: message.id, body: text });
    const refusal = refusalOf(error, data?.editMessage.errors);
    if (refusal) setProblem(refusal);
    else onSubject(undefined);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!canSend) return;
    if (isEdit) return void saveEdit(subject.message);
    send({ conversationId: conversation.id, body: text, replyTo: subject?.message, files });
    write('');
    clear();
    onSubject(undefined);
  };
  const onKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) submit(event);
    if (event.key === 'Escape') onSubject(undefined);
  };

  if (!conversation.viewerCanSend) return <p className="composer soft">Nobody can write here now.</p>;
  return (
    <form className="composer" onSubmit={submit}>
      {subject && (
        <div className="subject">
          <Icon name={isEdit ? 'pencil' : 'reply'} />
          <p className="grow cut">
            {isEdit ? 'Edit: ' : `Answer to ${nameOf(subject.message.sender)}: `}
            <span className="soft">{subject.message.body}</span>
          </p>
          <button type="button" className="round small-round" aria-label="Cancel" onClick={() => onSubject(undefined)}>
            <Icon name="close" />
          </button>
        </div>
      )}
      <UploadList uploads={uploads} onRemove={remove} />
      <p role="alert" className="problem">
        {problem}
      </p>
      <div className="composer-row">
        {!isEdit && <FileButton onFiles={add} />}
        <textarea
          ref={field}
          rows={1}
          maxLength={10_000}
          aria-label={`Message to ${titleOf(conversation, me)}`}
          placeholder="Write a message"
          enterKeyHint="send"
          value={text}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKey}
          onPaste={(event) => !isEdit && add(event.clipboardData.files)}
        />
        <button className="round send" aria-label={isEdit ? 'Save' : 'Send'} disabled={!canSend}>
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}

function FileButton({ onFiles }: { onFiles: (files: Iterable<File>) => void }) {
  return (
    <label className="round attach">
      <Icon name="paperclip" />
      <input
        type="file"
        className="unseen"
        multiple
        aria-label="Add files"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = ''; // so that the same file can be chosen again
        }}
      />
    </label>
  );
}
