// How figures are written.

const TIMES = ['ns', 'µs', 'ms', 's'];
const STEP = 1_000;
const LARGE = ['', 'k', 'M', 'G'];

/**
 * A number with two digits that count, three from 100 on.
 *
 * @param {number} value
 */
export function short(value) {
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  const digits = size >= 2 ? 3 : 2;
  return Number(value.toPrecision(digits)).toFixed(Math.max(0, digits - 1 - size));
}

/**
 * What figures are divided by, and the unit that they have then: one that suits the largest of them.
 *
 * @param {string} unit of the results
 * @param {number} largest
 * @returns {{ divisor: number, unit: string }}
 */
export function scaled(unit, largest) {
  if (TIMES.includes(unit)) {
    let [divisor, at] = [1, TIMES.indexOf(unit)];
    for (; at < TIMES.length - 1 && isNext(largest / divisor); at++) divisor *= STEP;
    for (; at > 0 && largest / divisor < 0.1; at--) divisor /= STEP;
    return { divisor, unit: TIMES[at] };
  }
  const [, of] = /^(.*)\/s$/.exec(unit) ?? [];
  if (of === undefined || of === 'GiB') return { divisor: 1, unit };
  let [divisor, at] = [1, 0];
  for (; at < LARGE.length - 1 && isNext(largest / divisor); at++) divisor *= STEP;
  return { divisor, unit: at === 0 ? unit : of === '' ? `${LARGE[at]}/s` : `${LARGE[at]} ${unit}` };
}

/** Whether it would be written as 1,000 or more. @param {number} value */
const isNext = (value) => Number(value.toPrecision(3)) >= STEP;

/**
 * A figure with its unit: `1.7 M messages/s`, `52 µs`, `1.9×`.
 *
 * @param {number} value
 * @param {string} unit of the results
 */
export function figure(value, unit) {
  const { divisor, unit: written } = scaled(unit, Math.abs(value));
  return withUnit(short(value / divisor), written);
}

/**
 * @param {number} least
 * @param {number} most
 * @param {string} unit of the results
 */
export function range(least, most, unit) {
  const { divisor, unit: written } = scaled(unit, Math.abs(most));
  const [from, to] = [short(least / divisor), short(most / divisor)];
  return withUnit(from === to ? from : `${from} to ${to}`, written);
}

/** @param {string} number @param {string} unit */
const withUnit = (number, unit) => (unit === '×' ? `${number}×` : `${number} ${unit}`);

/**
 * A figure beside others of its metric, whose unit stands above them: `1.7 M`, `8.8`. Times have theirs, which differ.
 *
 * @param {number} value
 * @param {string} unit of the results
 */
export function brief(value, unit) {
  const { divisor, unit: written } = scaled(unit, Math.abs(value));
  return [short(value / divisor), suffix(written)].filter(Boolean).join(' ');
}

/**
 * The same at an axis, where figures are round: `2 M`, `0`.
 *
 * @param {number} value
 * @param {string} unit of the results
 */
export function atAxis(value, unit) {
  if (value === 0) return '0';
  const { divisor, unit: written } = scaled(unit, value);
  return [String(Number((value / divisor).toPrecision(3))), suffix(written)].filter(Boolean).join(' ');
}

/** @param {string} written a unit as {@link scaled} gives it */
function suffix(written) {
  return TIMES.includes(written) ? written : /^[kMG](?= |\/)/.exec(written)?.[0];
}

/** A count with its thousands apart: `1,000,000`. @param {number} value */
export const grouped = (value) => value.toLocaleString('en-US');
