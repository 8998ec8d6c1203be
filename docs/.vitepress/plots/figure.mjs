// Puts plots into figures: title, legend, machine, and a table of the same figures.
import { barsOf, drawBars } from './bars.mjs';
import { growthOf, xTextOf } from './growth.mjs';
import { drawLines, mark } from './lines.mjs';
import { el, text } from './markup.mjs';
import { figure } from './numbers.mjs';
import { metricOf, resultsOf } from './results.mjs';
import { growthTable, plotTable } from './tables.mjs';

/** @typedef {import('./results.mjs').Result} Result */
/** @typedef {import('./results.mjs').Metric} Metric */

/** Letters of a name that fit above a plot which has another one beside it. */
const NAME_MOST = 36;

/**
 * `<Plot name="…" metrics="…" />`
 *
 * @param {string} name of a benchmark
 * @param {string} [wanted] keys of metrics; all that have a better direction, without it
 * @param {string} [folder] with the results
 */
export function plot(name, wanted, folder) {
  const results = resultsOf(name, folder);
  const [result] = results;
  const metrics =
    wanted === undefined
      ? result.metrics.filter(({ better }) => better !== undefined)
      : wanted.split(' ').map((key) => metricOf(result, key));
  const panels = metrics.map((metric) => panel(name, results, metric));
  return framed(result.title, {
    legend: results.length > 1 && versionsLegend(results),
    panels,
    isWide: result.rows.some(({ name }) => name.length > NAME_MOST),
    caption: [rounds(results), measured(results)],
    table: plotTable(results, metrics),
  });
}

/**
 * `<Growth name="…" />`
 *
 * @param {string} name one of `growth.mjs`
 * @param {string} [folder] with the results
 */
export function growth(name, folder) {
  const { growth, results, unit, xs, lines } = growthOf(name, folder);
  const drawing = drawLines(lines, { unit, xs, xText: xTextOf(growth) });
  const head = `${growth.figure}, by ${growth.over} (both axes logarithmic), ${growth.better} is better`;
  const points = lines.map(
    (line) =>
      `${line.name}: ${line.points.map(({ x, value }) => `${xTextOf(growth)(x)} ${figure(value.median, unit)}`).join(', ')}`,
  );
  return framed(growth.title, {
    legend: linesLegend(lines.map((line) => line.name)),
    panels: [drawn(`growth-${name}`, head, points.join('; '), drawing)],
    caption: [rounds(results), measured(results)],
    table: growthTable(growth, { unit, xs, lines }),
  });
}

/**
 * @param {string} title
 * @param {{ legend: string | false, panels: string[], isWide?: boolean, caption: string[], table: string }} parts
 */
function framed(title, { legend, panels, isWide, caption, table }) {
  return el(
    'figure',
    { class: 'plot', 'v-pre': '' },
    el('p', { class: 'plot-title' }, text(title)),
    legend,
    el('div', { class: panels.length > 1 && !isWide ? 'plot-panels' : undefined }, panels),
    el('figcaption', {}, caption.join(' ')),
    el('details', {}, el('summary', {}, 'The same as a table'), table),
  );
}

/** @param {string} name @param {Result[]} results @param {Metric} metric */
function panel(name, results, metric) {
  const bars = barsOf(results, metric);
  const drawing = drawBars(bars, metric);
  const how = drawing.isLog ? ', logarithmic' : '';
  const head = `${metric.label}, ${metric.unit}${how}${metric.better ? `: ${metric.better} is better` : ''}`;
  const said = bars.map(
    ({ name, values }) =>
      `${name}: ${values.map((value) => (value ? figure(value.median, metric.unit) : 'not measured')).join(', ')}`,
  );
  return drawn(`plot-${name}-${metric.key}`, head, said.join('; '), drawing);
}

/**
 * @param {string} id
 * @param {string} head
 * @param {string} description
 * @param {{ height: number, content: string }} drawing
 */
function drawn(id, head, description, { height, content }) {
  return el(
    'div',
    { class: 'plot-panel' },
    el('p', { class: 'plot-head' }, text(head)),
    el(
      'svg',
      // No role: with an attribute that Vue does not know of an svg, it would make a script of the markup.
      { width: '100%', height, 'aria-labelledby': `${id}-title ${id}-desc` },
      el('title', { id: `${id}-title` }, text(head)),
      el('desc', { id: `${id}-desc` }, text(description)),
      content,
    ),
  );
}

/** @param {Result[]} results */
function versionsLegend(results) {
  const keys = results.map(({ versions }, version) =>
    el(
      'li',
      {},
      el(
        'svg',
        { width: 22, height: 12 },
        el('rect', { x: 0, y: 1, width: 10, height: 10, class: `plot-ours-${Math.min(version, 1)}` }),
        el('rect', { x: 11, y: 1, width: 10, height: 10, class: `plot-rival-${Math.min(version, 1)}` }),
      ),
      `Node ${versions.node}`,
    ),
  );
  return el('ul', { class: 'plot-legend' }, keys);
}

/** @param {string[]} names */
function linesLegend(names) {
  const keys = names.map((name, index) =>
    el('li', {}, el('svg', { width: 12, height: 12 }, mark(index, { x: '6', y: 6 })), text(name)),
  );
  return el('ul', { class: 'plot-legend' }, keys);
}

/** @param {Result[]} results */
function rounds(results) {
  const counts = results.map(({ rounds }) => rounds);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const said = least === most ? least : `${least} to ${most}`;
  return `Medians of ${said} rounds; the whiskers reach from the least to the most of them.`;
}

/** Machine, version of Node, day and commit of each. @param {Result[]} results */
function measured(results) {
  const machines = results.map(
    ({ machine }) =>
      `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}, ${machine.arch}`,
  );
  const isOne = new Set(machines).size === 1;
  const runs = results.map(
    ({ versions, date }, index) =>
      `Node ${versions.node}, ${date}, commit ${versions.commit}${isOne ? '' : `, on ${machines[index]}`}.`,
  );
  return text(`${isOne ? `${machines[0]}. ` : ''}${[...new Set(runs)].join(' ')}`);
}
