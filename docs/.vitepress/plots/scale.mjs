// Where a value stands in a plot, as a share of its width or height.

/**
 * @typedef {object} Scale
 * @property {boolean} isLog
 * @property {(value: number) => number} at 0 to 1
 * @property {number[]} ticks
 */

/** More than this between the least and the most: the short bars of a linear scale would not be seen. */
const WIDEST_LINEAR = 50;
const FEW = 5;

/**
 * For bars: from zero, or logarithmic when values are too far apart for that.
 *
 * @param {number[]} values all that are drawn
 * @param {boolean} [isLinear] whatever they are
 * @returns {Scale}
 */
export function barScale(values, isLinear = false) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return isLinear || least <= 0 || most / least <= WIDEST_LINEAR ? linear(most) : logarithmic(least, most);
}

/**
 * From zero to `most`.
 *
 * @param {number} most
 * @returns {Scale}
 */
export function linear(most) {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? most;
  const ticks = [];
  for (let count = 0; count * step <= most; count++) ticks.push(Number((count * step).toPrecision(6)));
  return { isLog: false, at: (value) => value / most, ticks };
}

/**
 * A little beyond both, so that the least has a place of its own.
 *
 * @param {number} least
 * @param {number} most
 * @returns {Scale}
 */
export function logarithmic(least, most) {
  const [from, to] = [Math.log10(least / 1.3), Math.log10(most * 1.1)];
  const isInside = (/** @type {number} */ tick) => Math.log10(tick) >= from && Math.log10(tick) <= to;
  const decades = range(Math.ceil(from), Math.floor(to)).map((power) => 10 ** power);
  const finer = range(Math.floor(from), Math.floor(to)).flatMap((power) =>
    [1, 2, 5].map((digit) => digit * 10 ** power),
  );
  const ticks = thinned(decades.length >= 2 ? decades : finer.filter(isInside));
  return { isLog: true, at: (value) => (Math.log10(value) - from) / (to - from), ticks: ticks.map(exact) };
}

/** Every second or third of them, if there are many. @param {number[]} ticks */
function thinned(ticks) {
  const step = Math.ceil(ticks.length / FEW);
  return ticks.filter((_, index) => index % step === 0);
}

/** @param {number} from @param {number} to */
const range = (from, to) => Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);

/** Without what powers of ten leave behind the last digit. @param {number} value */
const exact = (value) => Number(value.toPrecision(6));
