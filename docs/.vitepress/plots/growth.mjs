// What `<Growth name="…" />` shows: which figures of which benchmarks are the points of its lines.
import { eachOf } from './each.mjs';
import { grouped } from './numbers.mjs';
import { metricOf, RESULTS, resultOf } from './results.mjs';

/** @typedef {import('./results.mjs').Result} Result */
/** @typedef {import('./lines.mjs').Line} Line */

/**
 * @typedef {object} Growth
 * @property {string} title
 * @property {string} figure what grows
 * @property {'higher' | 'lower'} better
 * @property {string} over what there is more of
 * @property {(x: number) => string} [xText] how a value of that is written
 * @property {[x: number, benchmark: string, metric: string][]} points
 * @property {boolean} [each] whether the time of one operation is shown where the metric is a rate
 * @property {string[]} [lines] beginnings of names of contenders; all without it
 */

/** The points of a benchmark of `bench/` that was made for this. @param {string} benchmark @param {string} key @param {number[]} over */
const own = (benchmark, key, over) =>
  over.map((x) => /** @type {[number, string, string]} */ ([x, benchmark, `${key}${x}`]));

const CROWD = [1, 2, 4, 8, 16];
const FEW = [1, 2, 4, 8];
const ENTRIES = [1_000, 10_000, 100_000, 1_000_000];
const PAUSES = [1, 5, 20, 100];

/** @type {Record<string, Growth>} */
export const GROWTHS = {
  'queue-by-size': {
    title: 'A message from one process to another, by its size',
    figure: 'time of one message',
    better: 'lower',
    over: 'size of a message',
    xText: (bytes) =>
      bytes < 1 << 10 ? `${bytes} B` : bytes < 1 << 20 ? `${bytes >> 10} KiB` : `${bytes >> 20} MiB`,
    points: [
      [16, 'queue-16b', 'rate'],
      [1 << 10, 'queue-1kib', 'rate'],
      [64 << 10, 'queue-64kib', 'rate'],
      [1 << 20, 'queue-1mib', 'rate'],
    ],
    each: true,
    lines: [
      '@mp Queue, sync',
      '@mp Queue, await',
      'Python 3.13 Pipe',
      'zeromq',
      'child.send advanced',
      'postMessage (thread), transfer',
      'node:net',
    ],
  },
  'queue-by-producers': {
    title: 'Small objects from several producer processes to one consumer process',
    figure: 'messages of all together',
    better: 'higher',
    over: 'producers',
    points: own('queue-by-producers', 'rate', FEW),
  },
  'lock-by-processes': {
    title: 'A lock that several processes want all the time',
    figure: 'acquire + release of all together',
    better: 'higher',
    over: 'processes',
    points: own('lock-by-processes', 'rate', CROWD),
  },
  'lock-by-waiters': {
    title: 'A lock to one of several processes that wait for it, and another one back',
    figure: 'time of both hand-offs',
    better: 'lower',
    over: 'waiters',
    points: own('lock-by-waiters', 'hot', CROWD),
  },
  'semaphore-by-waiters': {
    title: 'A permit of a semaphore to one of several processes that wait for it, and one of another back',
    figure: 'time of both hand-offs',
    better: 'lower',
    over: 'waiters',
    points: own('semaphore-by-waiters', 'hot', CROWD),
  },
  'pool-by-workers': {
    title: 'Tasks that take no time, 64 in flight, by the number of workers',
    figure: 'tasks of all together',
    better: 'higher',
    over: 'workers',
    points: own('pool-by-workers', 'rate', FEW),
  },
  'pool-by-tasks': {
    title: 'Tasks that take no time in a pool of 2 workers, by how many are in flight',
    figure: 'tasks of both together',
    better: 'higher',
    over: 'tasks in flight',
    points: [
      [1, 'pool-tiny-1', 'rate'],
      [8, 'pool-tiny-8', 'rate'],
      [64, 'pool-tiny', 'rate'],
      [512, 'pool-tiny-512', 'rate'],
    ],
    lines: [
      '@mp Pool (processes)',
      '@mp Pool (threads)',
      'Python 3.13 Pool',
      'tinypool (threads)',
      'piscina',
      'poolifier (processes)',
      'workerpool (processes)',
    ],
  },
  'map-get-by-entries': {
    title: 'An entry of a map, got by one process',
    figure: 'time of a get',
    better: 'lower',
    over: 'entries',
    points: own('map-by-entries', 'get', ENTRIES),
  },
  'map-set-by-entries': {
    title: 'An entry of a map, set by one process',
    figure: 'time of a set',
    better: 'lower',
    over: 'entries',
    points: own('map-by-entries', 'set', ENTRIES),
  },
  'round-trip-by-pause': {
    title: 'A small object there and back in a warm program, by the pause before each',
    figure: 'time there and back',
    better: 'lower',
    over: 'pause',
    xText: (ms) => `${ms} ms`,
    points: PAUSES.map((ms) => [ms, 'sparse', `warm${ms}`]),
    lines: ['@mp pipe', '@mp Queue, await', 'Python 3.13', 'child.send', 'postMessage', 'node:net'],
  },
};

/**
 * @param {string} name
 * @param {string} [folder] with the results
 * @returns {{ growth: Growth, results: Result[], unit: string, xs: number[], lines: Line[] }}
 */
export function growthOf(name, folder = RESULTS) {
  const growth = GROWTHS[name];
  if (growth === undefined)
    throw new Error(`There is no growth "${name}", but ${Object.keys(GROWTHS).join('; ')}`);
  const results = new Map(growth.points.map(([, benchmark]) => [benchmark, resultOf(benchmark, folder)]));
  /** @type {Map<string, Line>} */
  const lines = new Map();
  let shown = '';
  for (const [x, benchmark, key] of growth.points) {
    const result = /** @type {Result} */ (results.get(benchmark));
    const { unit } = metricOf(result, key);
    for (const row of result.rows) {
      const summary = row.metrics[key];
      if (summary === undefined || !isShown(row.name, growth)) continue;
      const point = growth.each ? eachOf(summary, unit, result.params) : { unit, summary };
      shown = point.unit;
      const line = lines.get(row.name) ?? { name: row.name, ours: row.ours, points: [] };
      line.points.push({ x, value: point.summary });
      lines.set(row.name, line);
    }
  }
  const xs = growth.points.map(([x]) => x);
  return { growth, results: [...results.values()], unit: shown, xs, lines: [...lines.values()] };
}

/** @param {string} name @param {Growth} growth */
function isShown(name, { lines }) {
  return lines === undefined || lines.some((start) => name.startsWith(start));
}

/** @param {Growth} growth */
export const xTextOf = ({ xText }) => xText ?? grouped;
