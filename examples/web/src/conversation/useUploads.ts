/** Files are uploaded as soon as they are chosen, and named in the message later. */
import { useState } from 'react';
import { useMutation } from 'urql';
import { type FileFragment, UploadFileDocument } from '../generated';
import { refusalOf } from '../server/refusals';
import { newKey } from '../server/keys';

export interface Upload {
  key: string;
  filename: string;
  /** Once the server has it. */
  file?: FileFragment;
  problem?: string;
}

export function useUploads() {
  const [uploads, setUploads] = useState<Upload[]>([]);
  const [, uploadFile] = useMutation(UploadFileDocument);

  const add = async (chosen: File) => {
    const key = newKey();
    setUploads((all) => [...all, { key, filename: chosen.name }]);
    const { data, error } = await uploadFile({ file: chosen });
    const file = data?.uploadAttachment.attachment ?? undefined;
    const problem = refusalOf(error, data?.uploadAttachment.errors);
    setUploads((all) => all.map((one) => (one.key === key ? { ...one, file, problem } : one)));
  };
  return {
    uploads,
    add: (files: Iterable<File>) => [...files].forEach((file) => void add(file)),
    remove: (key: string) => setUploads((all) => all.filter((one) => one.key !== key)),
    clear: () => setUploads([]),
  };
}
