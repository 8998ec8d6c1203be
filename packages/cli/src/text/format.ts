const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.5 MiB` */
export function bytes(count: number): string {
  let rest = count;
  let unit = 0;
  while (rest >= 1024 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${UNITS[unit]}`;
}

const SPANS: readonly [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
];

/** `3.2 s`, `5 min` */
export function span(milliseconds: number): string {
  const [unit, length] = SPANS.find(([, least]) => milliseconds >= least) ?? ['ms', 1];
  const count = Math.max(0, milliseconds) / length;
  return `${unit === 's' && count < 10 ? count.toFixed(1) : Math.floor(count)} ${unit}`;
}

const THOUSANDS: readonly [string, number][] = [
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
];

/** `12.3k` */
export function count(number: number): string {
  const found = THOUSANDS.find(([, least]) => number >= least);
  if (found === undefined)
    return number >= 10 || Number.isInteger(number) ? `${Math.round(number)}` : number.toFixed(1);
  const [letter, least] = found;
  return `${number / least >= 100 ? Math.round(number / least) : (number / least).toFixed(1)}${letter}`;
}

/** One line of what may be anything, as for a terminal: no control characters of others reach it. */
export function oneLine(text: string, most = Infinity): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return clean.length <= most ? clean : `${clean.slice(0, Math.max(0, most - 1))}…`;
}
