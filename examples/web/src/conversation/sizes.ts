/** Sizes of files, as people read them. */
const UNITS = ['byte', 'kilobyte', 'megabyte'];

export function sizeOf(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1000)));
  const format = { style: 'unit', unit: UNITS[power], unitDisplay: 'short', maximumFractionDigits: power ? 1 : 0 } as const;
  return new Intl.NumberFormat(undefined, format).format(bytes / 1000 ** power);
}
