/** The files of a message: pictures as pictures, everything else by its name. */
import { type MouseEvent, useRef } from 'react';
import { useClient } from 'urql';
import { type BubbleFragment, type FileFragment, FreshFilesDocument } from '../generated';
import { Icon } from '../ui/Icon';
import { sizeOf } from './sizes';

export function Files({ message }: { message: BubbleFragment }) {
  const renew = useFreshLinks(message.id);
  const save = async (event: MouseEvent, file: FileFragment) => {
    event.preventDefault();
    const fresh = (await renew())?.find(({ id }) => id === file.id);
    location.assign((fresh ?? file).url); // always a download: the page stays
  };

  if (message.attachments.length === 0) return null;
  return (
    <ul className="files">
      {message.attachments.map((file) => (
        <li key={file.id}>
          <a className="file" href={file.url} onClick={(event) => save(event, file)}>
            {file.thumbnailUrl ? <Picture file={file} onBroken={renew} /> : <Name file={file} />}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Links are good for an hour; this asks for new ones. */
function useFreshLinks(id: string): () => Promise<FileFragment[] | undefined> {
  const client = useClient();
  return async () => {
    const { data } = await client.query(FreshFilesDocument, { id }, { requestPolicy: 'network-only' }).toPromise();
    return data?.message?.attachments;
  };
}

function Picture({ file, onBroken }: { file: FileFragment; onBroken: () => void }) {
  const wasRenewed = useRef(false);
  return (
    <img
      className="picture"
      src={file.thumbnailUrl!}
      alt={file.filename}
      width={file.width ?? undefined}
      height={file.height ?? undefined}
      onLoad={() => (wasRenewed.current = false)}
      onError={() => {
        if (!wasRenewed.current) onBroken();
        wasRenewed.current = true;
      }}
    />
  );
}

function Name({ file }: { file: FileFragment }) {
  return (
    <>
      <Icon name="file" />
      <span className="cut">{file.filename}</span>
      <span className="soft">{sizeOf(file.size)}</span>
    </>
  );
}
