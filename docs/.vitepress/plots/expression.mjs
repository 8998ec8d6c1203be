// Figures in sentences: what stands between `<!-- figure: … -->` and `<!-- / -->`.
import { advantage } from '../../../apps/benchmarks/harness/statistics.mjs';
import { eachOf } from './each.mjs';
import { figure, range, short } from './numbers.mjs';
import { metricOf, RESULTS, resultOf, rowOf } from './results.mjs';

/** @typedef {import('./results.mjs').Result} Result */
/** @typedef {import('./results.mjs').Row} Row */
/** @typedef {import('./results.mjs').Summary} Summary */

const FIGURE = /<!-- figure: (.+?) -->(.*?)<!-- \/ -->/g;
/** One that does not end in its line, or begins it: then the whole line is HTML to Markdown. */
const BROKEN = /^\s*<!-- figure:|<!-- figure:(?!(?: .+? -->(?:(?!<!--).)*<!-- \/ -->))/;

/**
 * A page with all its figures in step with the results.
 *
 * @param {string} page
 * @param {string} [folder] with the results
 */
export function withFigures(page, folder = RESULTS) {
  const broken = page.split('\n').findIndex((line) => BROKEN.test(line));
  if (broken >= 0)
    throw new Error(
      `Line ${broken + 1} has a figure that begins the line, or does not end in it: put a word before it, or <!-- / --> behind it`,
    );
  return page.replace(
    FIGURE,
    (_, expression) => `<!-- figure: ${expression} -->${figureOf(expression, folder)}<!-- / -->`,
  );
}

/** What a page says by itself, without its figures. @param {string} page */
export const withoutFigures = (page) => page.replace(FIGURE, '');

/**
 * @param {string} expression `queue-small / @mp Queue, sync / rate / spread`
 * @param {string} [folder] with the results
 */
export function figureOf(expression, folder = RESULTS) {
  const [name, contender, what, show = 'median', ...more] = expression.split(' / ');
  if (what === undefined || more.length > 0)
    throw new Error(
      `"${expression}" is no figure: a figure is <results> / <contender> / <metric> [/ <what of it>]`,
    );
  const result = resultOf(name, folder);
  const row = rowOf(result, contender);
  const { unit, summary, params } = measured(result, row, what);
  if (show === 'median') return figure(summary.median, unit);
  if (show === 'spread') return range(summary.least, summary.most, unit);
  if (show === 'each') {
    const each = eachOf(summary, unit, params);
    return figure(each.summary.median, each.unit);
  }
  if (show.startsWith('times ')) return timesOf(result, row, what, show.slice('times '.length));
  throw new Error(
    `"${expression}": "${show}" is none of median, spread, each and times <beginning of a name>`,
  );
}

/** @param {Result} result @param {Row} row @param {string} what */
function measured(result, row, what) {
  const [, side] = /^cpu (near|far)$/.exec(what) ?? [];
  const unit = side === undefined ? metricOf(result, what).unit : 'µs';
  const summary = side === undefined ? row.metrics[what] : row.cpu[/** @type {'near' | 'far'} */ (side)];
  if (summary === undefined)
    throw new Error(`The results of "${result.name}" have no ${what} of "${row.name}"`);
  return { unit, summary, params: result.params };
}

/**
 * @param {Result} result
 * @param {Row} row
 * @param {string} key
 * @param {string} start the beginning of the names of those it is compared with
 */
function timesOf(result, row, key, start) {
  const { better } = metricOf(result, key);
  if (better === undefined)
    throw new Error(`Of the ${key} of "${result.name}" neither more nor less is better`);
  const { summary } = measured(result, row, key);
  const rivals = result.rows.filter(
    ({ name, metrics }) => name.startsWith(start) && name !== row.name && metrics[key],
  );
  if (rivals.length === 0)
    throw new Error(`The results of "${result.name}" have no ${key} of a contender "${start}…"`);
  const ratios = rivals.map(({ metrics }) => advantage(summary.samples, metrics[key].samples, better));
  const [least, most] = [short(Math.min(...ratios)), short(Math.max(...ratios))];
  return least === most ? least : `${least} to ${most}`;
}
