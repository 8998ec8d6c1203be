// Draws how figures grow: a line for each contender, both axes logarithmic, whiskers from the worst to the best round.
import { el, percent, text } from './markup.mjs';
import { atAxis, figure } from './numbers.mjs';
import { logarithmic } from './scale.mjs';

/** @typedef {import('./results.mjs').Summary} Summary */
/** @typedef {{ x: number, value: Summary }} Point */
/** @typedef {{ name: string, ours: boolean, points: Point[] }} Line */

const HEIGHT = 260; // px
const AXIS = 22;
const TOP = 8;
/** Shares of the width that are left free: for the figures of the axis, and for half of a mark. */
const [LEFT, RIGHT] = [0.15, 0.04];
const MARK = 4;

/**
 * @param {Line[]} lines
 * @param {{ unit: string, xs: number[], xText: (x: number) => string }} axes
 * @returns {{ height: number, content: string }} what goes into an `svg` of that height, in px
 */
export function drawLines(lines, { unit, xs, xText }) {
  const values = lines.flatMap(({ points }) => points.flatMap(({ value }) => [value.least, value.most]));
  const scale = logarithmic(Math.min(...values), Math.max(...values));
  const [first, last] = [Math.log(xs[0]), Math.log(xs[xs.length - 1])];
  const place = {
    x: (/** @type {number} */ x) =>
      percent(LEFT + ((1 - LEFT - RIGHT) * (Math.log(x) - first)) / Math.max(last - first, 1)),
    y: (/** @type {number} */ value) => TOP + (HEIGHT - TOP) * (1 - scale.at(value)),
  };
  const rows = scale.ticks.map((tick) => {
    const y = place.y(tick);
    return [
      el('line', { x1: 0, x2: '100%', y1: y, y2: y, class: 'plot-grid' }),
      el('text', { x: 0, y: y - 3, class: 'plot-tick' }, atAxis(tick, unit)),
    ];
  });
  const columns = xs.map((x) =>
    el('text', { x: place.x(x), y: HEIGHT + 16, 'text-anchor': 'middle', class: 'plot-tick' }, xText(x)),
  );
  return {
    height: HEIGHT + AXIS,
    content: [
      ...rows.flat(),
      ...columns,
      ...lines.map((line, index) => drawLine(line, index, place, unit)),
    ].join(''),
  };
}

/** @param {Line} line @param {number} index @param {{ x: (x: number) => string, y: (value: number) => number }} place @param {string} unit */
function drawLine({ name, points }, index, place, unit) {
  const look = `plot-line-${index}`;
  const strokes = points.slice(1).map(({ x, value }, at) =>
    el('line', {
      x1: place.x(points[at].x),
      y1: place.y(points[at].value.median),
      x2: place.x(x),
      y2: place.y(value.median),
      class: `plot-line ${look}`,
    }),
  );
  const marks = points.map(({ x, value }) =>
    el(
      'g',
      {},
      el('title', {}, text(`${name}: ${figure(value.median, unit)}`)),
      el('line', {
        x1: place.x(x),
        x2: place.x(x),
        y1: place.y(value.least),
        y2: place.y(value.most),
        class: `plot-spread ${look}`,
      }),
      mark(index, { x: place.x(x), y: place.y(value.median) }),
    ),
  );
  return el('g', {}, strokes, marks);
}

/**
 * Lines differ in their marks, too: colours alone do not tell them apart for everybody.
 *
 * @param {number} index of the line
 * @param {{ x: string, y: number }} at
 */
export function mark(index, { x, y }) {
  const look = `plot-mark plot-line-${index}`;
  if (index % 3 === 0) return el('circle', { cx: x, cy: y, r: MARK, class: look });
  // A nested svg, because a path has no shares of the width in it.
  const shape = index % 3 === 1 ? 'M-3.5-3.5h7v7h-7z' : 'M0-5L4.5 3.5h-9z';
  return el('svg', { x, y, overflow: 'visible' }, el('path', { d: shape, class: look }));
}
