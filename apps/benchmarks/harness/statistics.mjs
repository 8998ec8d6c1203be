/**
 * The value below which the share `q` (0 to 1) of the samples lies.
 *
 * @param {readonly number[]} samples
 * @param {number} q
 */
export function quantile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const below = Math.floor(at);
  const above = Math.ceil(at);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** @param {readonly number[]} samples */
export const median = (samples) => quantile(samples, 0.5);

/**
 * One metric over all rounds: the median, and the worst and best round as its spread.
 *
 * @param {readonly number[]} samples
 */
export function summarise(samples) {
  return { median: median(samples), least: Math.min(...samples), most: Math.max(...samples), samples };
}

/**
 * How many times better the baseline is than a rival. Rounds are compared one by one (they ran next to each other,
 * on a machine in the same mood), and the median of these ratios is taken.
 *
 * @param {readonly number[]} baseline
 * @param {readonly number[]} rival
 * @param {'higher' | 'lower'} better
 */
export function advantage(baseline, rival, better) {
  const rounds = Math.min(baseline.length, rival.length);
  const ratios = [];
  for (let round = 0; round < rounds; round++) {
    ratios.push(better === 'higher' ? baseline[round] / rival[round] : rival[round] / baseline[round]);
  }
  return median(ratios);
}
