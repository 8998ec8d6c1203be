import { isLarge, sizeOf } from '../../../apps/benchmarks/harness/payload.mjs';

/** @typedef {import('./results.mjs').Summary} Summary */

/**
 * The time of one operation, out of how many there are in a second.
 *
 * @param {Summary} summary
 * @param {string} unit of the results, a rate
 * @param {Record<string, unknown>} params of the benchmark
 * @returns {{ unit: string, summary: Summary }}
 */
export function eachOf({ median, least, most, samples }, unit, { payload }) {
  const size = String(payload ?? '');
  if (!unit.endsWith('/s')) throw new Error(`"each" is the time of one operation, and ${unit} is no rate`);
  // Of large messages, bytes are counted.
  const perSecond = size !== '' && isLarge(size) ? 2 ** 30 / sizeOf(size) : 1;
  const ns = (/** @type {number} */ rate) => 1e9 / (rate * perSecond);
  return {
    unit: 'ns',
    summary: { median: ns(median), least: ns(most), most: ns(least), samples: samples.map(ns) },
  };
}
