import { growthBenchmark } from '../harness/growth.mjs';
import { PROCESSES, pools } from '../harness/pools.mjs';

/** A few of the rivals: 15 pools, four sizes of each, would run for minutes. */
const RIVALS = /^(Python .* Pool$|piscina|poolifier \(processes\))/;

export default growthBenchmark('Pool of several workers: tasks that take no time, 64 in flight', {
  of: 'pool-tiny',
  vary: 'workers',
  over: [1, 2, 4, 8],
  figures: [{ key: 'rate', label: 'throughput', unit: 'tasks/s', better: 'higher' }],
  params: { task: 'square', inFlight: 64, warm: 1_000, warmSeconds: 0.5, seconds: 0.4 },
  quick: { warm: 100, warmSeconds: 0, seconds: 0.02 },
  baseline: PROCESSES,
  contenders: pools().filter(({ name, ours }) => ours || RIVALS.test(name)),
});
