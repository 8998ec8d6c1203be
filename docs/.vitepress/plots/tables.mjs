// The figures of a plot as a table: for a reader that cannot see it, and for exact values.
import { xTextOf } from './growth.mjs';
import { el, text } from './markup.mjs';
import { figure, range, short } from './numbers.mjs';

/** @typedef {import('./results.mjs').Result} Result */
/** @typedef {import('./results.mjs').Row} Row */
/** @typedef {import('./results.mjs').Metric} Metric */
/** @typedef {import('./results.mjs').Summary} Summary */

/**
 * @param {Result[]} results of one benchmark
 * @param {Metric[]} metrics
 */
export function plotTable(results, metrics) {
  return results.map((result) => resultTable(result, metrics)).join('');
}

/** @param {Result} result @param {Metric[]} metrics */
function resultTable({ baseline, rows, versions, absent, targets }, metrics) {
  const sides = /** @type {const} */ (['near', 'far']).filter((side) => rows.some(({ cpu }) => cpu[side]));
  const head = [
    `Node ${versions.node}`,
    ...metrics.flatMap(({ label, better }) => [label, 'rounds', ...(better ? ['ratio'] : [])]),
    ...sides.map((side) => `CPU, ${side} side`),
  ];
  const body = rows.map((row) => [
    row.name,
    ...metrics.flatMap(({ key, unit, better }) => cells(row, { key, unit, better }, baseline)),
    ...sides.map((side) => withUnit(row.cpu[side], 'µs')),
  ]);
  const others = Object.entries(versions).filter(([name]) => !/^(node|v8|uv|commit|@mp\/.*)$/.test(name));
  return [
    table(head, body),
    el('p', {}, text(`Ratio: how many times better ${baseline} is, taken round by round.`)),
    others.length > 0 &&
      el('p', {}, text(`Versions: ${others.map(([name, version]) => `${name} ${version}`).join(', ')}.`)),
    ...absent.map(({ name, reason }) => el('p', {}, text(`Not measured: ${name} (${reason}).`))),
    ...targets.map((target) => el('p', {}, text(verdict(target)))),
  ]
    .filter(Boolean)
    .join('');
}

/** @param {Row & { advantage?: Record<string, number> }} row @param {Pick<Metric, 'key' | 'unit' | 'better'>} metric @param {string} baseline */
function cells({ name, metrics, advantage }, { key, unit, better }, baseline) {
  const value = metrics[key];
  const said = [withUnit(value, unit), value ? range(value.least, value.most, unit) : ''];
  const ratio = advantage?.[key];
  if (better) said.push(name === baseline ? '1' : ratio === undefined ? '' : short(ratio));
  return said;
}

/** @param {Summary | undefined} value @param {string} unit */
const withUnit = (value, unit) => (value === undefined ? '' : figure(value.median, unit));

/** @param {Result['targets'][number]} target */
function verdict({ goal, measured, met }) {
  const found =
    measured === undefined ? 'nothing to compare' : `${short(measured)}, ${met ? 'met' : 'missed'}`;
  return `Target: ${goal} (${found}).`;
}

/**
 * @param {import('./growth.mjs').Growth} growth
 * @param {{ unit: string, xs: number[], lines: import('./lines.mjs').Line[] }} found
 */
export function growthTable(growth, { unit, xs, lines }) {
  const head = [growth.over, ...xs.flatMap((x) => [xTextOf(growth)(x), 'rounds'])];
  const body = lines.map(({ name, points }) => [
    name,
    ...xs.flatMap((x) => {
      const value = points.find((point) => point.x === x)?.value;
      return [withUnit(value, unit), value ? range(value.least, value.most, unit) : ''];
    }),
  ]);
  return table(head, body);
}

/** @param {string[]} head @param {string[][]} body the first cell of each names its row */
function table(head, body) {
  return el(
    'table',
    {},
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        head.map((cell) => el('th', { scope: 'col' }, text(cell))),
      ),
    ),
    el(
      'tbody',
      {},
      body.map(([name, ...cells]) =>
        el(
          'tr',
          {},
          el('th', { scope: 'row' }, text(name)),
          cells.map((cell) => el('td', {}, text(cell))),
        ),
      ),
    ),
  );
}
