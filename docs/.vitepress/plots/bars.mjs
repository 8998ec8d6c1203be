// Draws one metric of a benchmark: a bar for each contender, whiskers from the worst to the best round.
import { el, percent, text } from './markup.mjs';
import { atAxis, brief, figure, range } from './numbers.mjs';
import { barScale } from './scale.mjs';

/** @typedef {import('./results.mjs').Result} Result */
/** @typedef {import('./results.mjs').Metric} Metric */
/** @typedef {import('./results.mjs').Summary} Summary */
/** @typedef {import('./scale.mjs').Scale} Scale */

/** @typedef {{ name: string, ours: boolean, values: (Summary | undefined)[] }} Bars a contender: one value for each version of Node */

// px. Widths are shares, so that text keeps its size on a phone.
const NAME = 17;
const BAR = 9;
const BAR_STEP = 13;
const GAP = 9;
const AXIS = 20;
/** Share of the width for the longest bar with its whisker; the rest is for the figure behind it. */
const LONGEST = 0.8;
/** Share of the width between a whisker and its figure. */
const BESIDE = 0.012;
const DOT = 4.5;
/** Letters of a name that fit the width of a phone. */
const NAME_MOST = 42;

/**
 * The contenders that have this metric, best first.
 *
 * @param {Result[]} results of one benchmark, by versions of Node
 * @param {Metric} metric
 * @returns {Bars[]}
 */
export function barsOf(results, { key, better }) {
  const names = new Set(results.flatMap(({ rows }) => rows.map(({ name }) => name)));
  const all = [...names].map((name) => {
    const rows = results.map((result) => result.rows.find((row) => row.name === name));
    return {
      name,
      ours: rows.some((row) => row?.ours),
      values: rows.map((row) => row?.metrics[key]),
    };
  });
  const sign = better === 'higher' ? -1 : 1;
  const medianOf = (/** @type {Bars} */ { values }) =>
    values.find((value) => value !== undefined)?.median ?? 0;
  return all
    .filter(({ values }) => values.some((value) => value !== undefined))
    .sort((a, b) => sign * (medianOf(a) - medianOf(b)));
}

/**
 * @param {Bars[]} bars
 * @param {Metric} metric
 * @param {{ isLinear?: boolean }} [options] `isLinear`: also where short bars are not seen then
 * @returns {{ height: number, content: string, isLog: boolean }} what goes into an `svg` of that height, in px
 */
export function drawBars(bars, { unit }, { isLinear } = {}) {
  const values = bars.flatMap((each) => each.values.filter((value) => value !== undefined));
  const scale = barScale(
    values.flatMap(({ least, most, median }) => [least, most, median]),
    isLinear,
  );
  const at = (/** @type {number} */ value) => LONGEST * scale.at(value);
  const versions = Math.max(...bars.map((each) => each.values.length));
  const step = NAME + versions * BAR_STEP + GAP;
  const bottom = bars.length * step;
  return {
    height: bottom + AXIS,
    isLog: scale.isLog,
    content: [
      axis(scale, at, bottom, unit),
      ...bars.map((each, index) => contender(each, index * step, { scale, at, unit })),
    ].join(''),
  };
}

/** @param {Scale} scale @param {(value: number) => number} at @param {number} bottom @param {string} unit */
function axis({ ticks }, at, bottom, unit) {
  return ticks
    .map((tick) => {
      const x = percent(at(tick));
      const anchor = at(tick) < 0.02 ? 'start' : 'middle';
      return [
        el('line', { x1: x, x2: x, y1: 0, y2: bottom, class: 'plot-grid' }),
        el('text', { x, y: bottom + 14, 'text-anchor': anchor, class: 'plot-tick' }, atAxis(tick, unit)),
      ].join('');
    })
    .join('');
}

/** @param {Bars} bars @param {number} top @param {{ scale: Scale, at: (value: number) => number, unit: string }} plot */
function contender({ name, ours, values }, top, plot) {
  const side = ours ? 'ours' : 'rival';
  const size = name.length > NAME_MOST ? ' plot-name-long' : '';
  return el(
    'g',
    {},
    el('text', { x: 0, y: top + 12, class: `plot-name plot-name-${side}${size}` }, text(name)),
    values.map(
      (value, version) =>
        value && bar(value, top + NAME + version * BAR_STEP, `plot-${side}-${Math.min(version, 1)}`, plot),
    ),
  );
}

/** @param {Summary} value @param {number} top @param {string} look @param {{ scale: Scale, at: (value: number) => number, unit: string }} plot */
function bar({ median, least, most }, top, look, { scale, at, unit }) {
  const middle = top + BAR / 2;
  const [from, to] = [percent(at(least)), percent(at(most))];
  const cap = (/** @type {string} */ x) =>
    el('line', { x1: x, x2: x, y1: middle - 3, y2: middle + 3, class: 'plot-whisker' });
  return el(
    'g',
    {},
    el('title', {}, `median ${figure(median, unit)}, rounds from ${range(least, most, unit)}`),
    scale.isLog
      ? el('circle', { cx: percent(at(median)), cy: middle, r: DOT, class: look })
      : el('rect', { x: 0, y: top, width: percent(at(median)), height: BAR, rx: 1, class: look }),
    el('line', { x1: from, x2: to, y1: middle, y2: middle, class: 'plot-whisker' }),
    cap(from),
    cap(to),
    el(
      'text',
      { x: percent(Math.max(at(most), at(median)) + BESIDE), y: middle + 4, class: 'plot-value' },
      brief(median, unit),
    ),
  );
}
