import { PROCESSES, pools } from '../harness/pools.mjs';

export default {
  title: 'Pool of 2 workers: one tiny task at a time',
  round: 'pool-apply',
  rounds: 5,
  params: { workers: 2, task: 'square', warm: 500, hotCalls: 5_000, coldCalls: 100 },
  quick: { warm: 20, hotCalls: 50, coldCalls: 5 },
  metrics: [
    { key: 'hot', label: 'hot', unit: 'µs', better: 'lower' },
    { key: 'cold', label: 'cold', unit: 'µs', better: 'lower' },
    { key: 'hotP99', label: 'hot p99', unit: 'µs' },
    { key: 'coldP99', label: 'cold p99', unit: 'µs' },
  ],
  baseline: PROCESSES,
  contenders: pools(),
  targets: [
    { goal: 'hot: ≤ piscina', metric: 'hot', against: ['piscina'], atLeast: 1 },
    { goal: 'cold: ≤ piscina', metric: 'cold', against: ['piscina'], atLeast: 1 },
    { goal: 'hot: ≤ a quarter of Python', metric: 'hot', against: ['Python'], atLeast: 4 },
    { goal: 'cold: ≤ half of Python', metric: 'cold', against: ['Python'], atLeast: 2 },
  ],
};
