// The plot in the README of the repository: a file for light pages, and one for dark ones.
import { readFileSync } from 'node:fs';
import { barsOf, drawBars } from './bars.mjs';
import { el, text } from './markup.mjs';
import { metricOf, RESULTS, resultOf } from './results.mjs';

/** What is shown, and beside which rivals: the best known. */
const PANELS = [
  {
    title: 'A queue between two processes',
    name: 'queue-small',
    metric: 'rate',
    unit: 'small objects a second',
    rows: [
      '@mp Queue, sync',
      'Python 3.13 Queue',
      'zeromq ipc',
      'child.send advanced',
      'postMessage (thread)',
    ],
  },
  {
    title: 'A lock that two processes want',
    name: 'lock-contended',
    metric: 'rate',
    unit: 'acquire + release a second',
    rows: ['@mp Lock, sync', '@mp Lock, await', 'Python 3.13 Lock', 'proper-lockfile'],
  },
  {
    title: 'A pool of two workers',
    name: 'pool-tiny',
    metric: 'rate',
    unit: 'tasks a second, 64 in flight',
    rows: [
      '@mp Pool (processes)',
      'piscina (threads)',
      'tinypool (processes)',
      'workerpool (processes)',
      'Python 3.13 Pool',
    ],
  },
];

// px
const PANEL = 260;
const BETWEEN = 36;
const EDGE = 16;
const HEAD = 52;
const FOOT = 34;

/**
 * @param {'light' | 'dark'} theme
 * @param {string} [folder] with the results
 * @returns {string} a whole SVG file
 */
export function readmePlot(theme, folder = RESULTS) {
  const panels = PANELS.map(({ name, metric: key, rows, ...texts }) => {
    const result = resultOf(name, folder);
    const missing = rows.find((row) => !result.rows.some((each) => each.name === row));
    if (missing !== undefined) throw new Error(`The results of "${name}" have no contender "${missing}"`);
    const metric = metricOf(result, key);
    const bars = barsOf([result], metric).filter((each) => rows.includes(each.name));
    return { ...texts, result, ...drawBars(bars, metric, { isLinear: true }) };
  });
  const width = 2 * EDGE + panels.length * PANEL + (panels.length - 1) * BETWEEN;
  const height = HEAD + Math.max(...panels.map((panel) => panel.height)) + FOOT;
  const said = panels.map(({ title }) => title).join('; ');
  const svg = el(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img' },
    el('title', {}, text(`@mp beside other libraries: ${said}`)),
    el('style', {}, styles(theme)),
    panels.flatMap(({ title, unit, height: tall, content }, index) => {
      const x = EDGE + index * (PANEL + BETWEEN);
      return [
        el('text', { x, y: 22, class: 'plot-name plot-name-ours' }, text(title)),
        el('text', { x, y: 40, class: 'plot-tick' }, text(unit)),
        el('svg', { x, y: HEAD, width: PANEL, height: tall, overflow: 'visible' }, content),
      ];
    }),
    el(
      'text',
      { x: EDGE, y: height - 12, class: 'plot-tick' },
      text(foot(panels.map(({ result }) => result))),
    ),
  );
  return `${svg}\n`;
}

/** The rules of the site, with the colours of one theme. @param {'light' | 'dark'} theme */
function styles(theme) {
  const css = readFileSync(new URL('plots.css', import.meta.url), 'utf8')
    .replace(/\s+/g, ' ')
    .trim();
  const rules = theme === 'light' ? css.replace(/\.dark \{.*?\} /, '') : css.replace('.dark {', ':root {');
  return `text { font-family: system-ui, sans-serif } ${rules}`;
}

/** @param {import('./results.mjs').Result[]} results */
function foot(results) {
  const [{ machine, versions }] = results;
  const days = [...new Set(results.map(({ date }) => date))].sort().join(' and ');
  return `Medians and spread of all rounds. Node ${versions.node}, ${machine.cpu}, ${machine.cores} cores, ${machine.kernel}; ${days}`;
}
