/** Deleting is for good, so it is asked once more. */
import { useState } from 'react';
import { useMutation } from 'urql';
import { type BubbleFragment, DeleteDocument } from '../generated';
import { refusalOf } from '../server/refusals';
import { Dialog } from '../ui/Dialog';

export function ConfirmDelete({ message, onClose }: { message: BubbleFragment; onClose: () => void }) {
  const [, deleteMessage] = useMutation(DeleteDocument);
  const [problem, setProblem] = useState<string>();
  const confirm = async () => {
    const { data, error } = await deleteMessage({ messageId: message.id });
    const refusal = refusalOf(error, data?.deleteMessage.errors);
    if (refusal) setProblem(refusal);
    else onClose();
  };

  return (
    <Dialog title="Delete this message?" onClose={onClose}>
      <p>Its text, files and reactions go for everybody. That cannot be undone.</p>
      <p role="alert" className="problem">
        {problem}
      </p>
      <button type="button" className="main-action danger" onClick={confirm}>
        Delete
      </button>
    </Dialog>
  );
}
