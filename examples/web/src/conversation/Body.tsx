/** The text of a message, with its addresses as links. */
const ADDRESS = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'])/;

export function Body({ text }: { text: string }) {
  if (!text) return null;
  return (
    <p className="body">
      {text.split(ADDRESS).map((part, place) =>
        place % 2 ? (
          <a key={place} href={part} target="_blank" rel="noreferrer">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </p>
  );
}
