/** Times as people read them, in their own language and time zone. */
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const DAY = 24 * 60 * 60 * 1000;

export const timeOf = (at: string) => TIME.format(new Date(at));
export const wholeTime = (at: string) => WHOLE.format(new Date(at));

/** Today, Yesterday, the weekday, or the date. */
export function dayOf(at: string): string {
  const days = daysAgo(at);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return (days < 7 ? WEEKDAY : DATE).format(new Date(at));
}

/** The time of today's, the day of what is older. */
export function shortTime(at: string): string {
  return daysAgo(at) === 0 ? timeOf(at) : dayOf(at);
}

function daysAgo(at: string): number {
  return Math.round((startOfDay(new Date()) - startOfDay(new Date(at))) / DAY);
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
