/** The picture of a person, or their initials; a dot where they are online. What it shows is said in words beside it. */
const HUES = 6;

interface Props {
  name: string;
  url?: string | null;
  isOnline?: boolean;
}

export function Avatar({ name, url, isOnline = false }: Props) {
  return (
    <span className="avatar" data-hue={hueOf(name)} data-online={isOnline} aria-hidden="true">
      {url ? <img src={url} alt="" /> : initialsOf(name)}
    </span>
  );
}

function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => [...(word ?? '')][0] ?? '').join('');
}

function hueOf(name: string): number {
  return [...name].reduce((sum, letter) => sum + letter.codePointAt(0)!, 0) % HUES;
}
