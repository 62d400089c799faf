/** The files of a message: pictures as pictures, everything else by its name. */
import { useClient } from 'urql';
import { type BubbleFragment, type FileFragment, FreshFilesDocument } from '../generated';
import { Icon } from '../ui/Icon';
import { sizeOf } from './sizes';

export function Files({ message }: { message: BubbleFragment }) {
  const client = useClient();
  if (message.attachments.length === 0) return null;
  // A link is good for an hour: one that is not good any more is asked for again.
  const renew = () => client.query(FreshFilesDocument, { id: message.id }, { requestPolicy: 'network-only' }).toPromise();
  return (
    <ul className="files">
      {message.attachments.map((file) => (
        <li key={file.id}>{file.thumbnailUrl ? <Picture file={file} onBroken={renew} /> : <Download file={file} />}</li>
      ))}
    </ul>
  );
}

function Picture({ file, onBroken }: { file: FileFragment; onBroken: () => void }) {
  return (
    <a href={file.url} download={file.filename}>
      <img
        className="picture"
        src={file.thumbnailUrl!}
        alt={file.filename}
        width={file.width ?? undefined}
        height={file.height ?? undefined}
        onError={onBroken}
      />
    </a>
  );
}

function Download({ file }: { file: FileFragment }) {
  return (
    <a className="download" href={file.url} download={file.filename}>
      <Icon name="file" />
      <span className="cut">{file.filename}</span>
      <span className="soft">{sizeOf(file.size)}</span>
    </a>
  );
}
