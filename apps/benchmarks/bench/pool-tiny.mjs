import { RIVAL_PROCESSES, RIVAL_THREADS, tinyBenchmark } from '../harness/pools.mjs';

export default tinyBenchmark(64, [
  { goal: "≥ 5 times every rival's processes", metric: 'rate', against: RIVAL_PROCESSES, atLeast: 5 },
  { goal: "≥ 2 times every rival's threads", metric: 'rate', against: RIVAL_THREADS, atLeast: 2 },
]);
