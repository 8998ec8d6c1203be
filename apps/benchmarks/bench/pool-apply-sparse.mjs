import { PROCESSES, pools } from '../harness/pools.mjs';

export default {
  title: 'Pool of 2 workers: one tiny task every 20 ms',
  round: 'pool-apply',
  rounds: 5,
  params: { workers: 2, task: 'square', warm: 500, hotCalls: 0, coldCalls: 200, asleepMs: 20 },
  quick: { warm: 20, coldCalls: 5 },
  metrics: [
    { key: 'cold', label: 'a call', unit: 'µs', better: 'lower' },
    { key: 'coldP99', label: 'p99', unit: 'µs' },
  ],
  baseline: PROCESSES,
  contenders: pools(),
  targets: [
    // What the pool took before it was written anew, as the first results/pool-apply.json has it.
    { goal: '≤ 391 µs, as before', metric: 'cold', contender: PROCESSES, atMost: 391 },
  ],
};
