// Reads the results of the benchmarks.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where `npm run bench` writes them. */
export const RESULTS = fileURLToPath(new URL('../../../apps/benchmarks/results', import.meta.url));

/**
 * One metric of one contender over all rounds.
 * @typedef {{ median: number, least: number, most: number, samples: number[] }} Summary
 */

/** @typedef {{ key: string, label: string, unit: string, better?: 'higher' | 'lower' }} Metric */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {boolean} ours
 * @property {Record<string, Summary>} metrics
 * @property {{ near?: Summary, far?: Summary }} cpu µs for each operation
 */

/**
 * What a run of a benchmark keeps, see `apps/benchmarks/run.mjs`.
 * @typedef {object} Result
 * @property {string} name
 * @property {string} title
 * @property {string} date
 * @property {{ cpu: string, cores: number, memoryGiB: number, kernel: string, arch: string }} machine
 * @property {Record<string, string>} versions
 * @property {number} rounds
 * @property {Record<string, unknown>} params
 * @property {Metric[]} metrics
 * @property {string} baseline
 * @property {Row[]} rows
 * @property {{ name: string, reason: string }[]} absent
 * @property {{ goal: string, measured?: number, met?: boolean }[]} targets
 */

/**
 * @param {string} name of a file of results: `queue-small`, `queue-small.node-26`
 * @param {string} [folder]
 * @returns {Result}
 */
export function resultOf(name, folder = RESULTS) {
  const file = join(folder, `${name}.json`);
  if (!existsSync(file)) throw new Error(missing(name));
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** @param {string} name */
function missing(name) {
  const [benchmark, other] = name.split('.node-');
  const node = other === undefined ? '' : ` --node <path of a Node ${other}>`;
  return `There are no results of the benchmark "${name}": write them with npm run bench -- ${benchmark}${node}`;
}

/**
 * The results of a benchmark, and those of other versions of Node, oldest Node first.
 *
 * @param {string} name
 * @param {string} [folder]
 */
export function resultsOf(name, folder = RESULTS) {
  const first = resultOf(name, folder);
  const others = readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.node-`) && file.endsWith('.json'))
    .map((file) => resultOf(file.slice(0, -'.json'.length), folder));
  return [first, ...others].sort((a, b) => major(a) - major(b));
}

/** @param {Result} result */
const major = ({ versions }) => Number.parseInt(versions.node, 10);

/**
 * @param {Result} result
 * @param {string} name
 */
export function rowOf(result, name) {
  return found(
    result.rows.find((row) => row.name === name),
    `contender "${name}"`,
    result,
    result.rows.map((row) => row.name),
  );
}

/**
 * @param {Result} result
 * @param {string} key
 */
export function metricOf(result, key) {
  return found(
    result.metrics.find((metric) => metric.key === key),
    `metric "${key}"`,
    result,
    result.metrics.map((metric) => metric.key),
  );
}

/**
 * @template T
 * @param {T | undefined} value
 * @param {string} what
 * @param {Result} result
 * @param {string[]} there
 * @returns {T}
 */
function found(value, what, { name }, there) {
  if (value === undefined)
    throw new Error(`The results of "${name}" have no ${what}, but ${there.join('; ')}`);
  return value;
}
