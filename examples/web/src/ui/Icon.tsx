/** The icons, drawn with lines of the text's colour. They say nothing to a screen reader: their button does. */
const PATHS = {
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  down: 'M12 5v14M6 13l6 6 6-6',
  file: 'M14 3H7a1 1 0 0 0-1 1v16a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V7zM14 3v4h4',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  paperclip: 'M19 11l-7.5 7.5a4.6 4.6 0 0 1-6.5-6.5L12.5 4.500a3.1 3.1 0 0 1 4.4 4.400L9.5 16.300a1.6 1.6 0 0 1-2.3-2.300L14 7.3',
  pencil: 'M4 20l1-4L16.5 4.500a2 2 0 0 1 3 3L8 19z',
  plus: 'M12 5v14M5 12h14',
  reply: 'M9 7l-5 5 5 5M4 12h9a7 7 0 0 1 7 7',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5',
  send: 'M4 12l16-8-5 16-3.5-6.500zM20 4l-8.5 9.5',
  signOut: 'M14 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h8M10 12h11M17 8l4 4-4 4',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
};

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
