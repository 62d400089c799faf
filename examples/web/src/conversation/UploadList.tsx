/** The files that will go with the message: on their way to the server, there, or refused. */
import { Icon } from '../ui/Icon';
import type { Upload } from './useUploads';

interface Props {
  uploads: Upload[];
  onRemove: (key: string) => void;
}

export function UploadList({ uploads, onRemove }: Props) {
  if (uploads.length === 0) return null;
  return (
    <ul className="uploads" aria-label="Files to send">
      {uploads.map(({ key, filename, file, problem }) => (
        <li key={key} className="upload">
          <span className="cut">{filename}</span>
          <span role="status" className={problem ? 'problem' : 'soft'}>
            {problem ?? (file ? 'ready' : 'uploading …')}
          </span>
          <button type="button" className="round small-round" aria-label={`Remove ${filename}`} onClick={() => onRemove(key)}>
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}
