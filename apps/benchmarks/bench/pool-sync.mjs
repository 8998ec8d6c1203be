import { node } from '../harness/contenders.mjs';
import { pythonPools } from '../harness/pools.mjs';

const ours = (name, kind) => node(name, 'ours/pool-sync.mjs', { needs: '@mp/pool', kind });

export default {
  title: 'Pool of 2 workers: one tiny task at a time, the caller blocks until it is done',
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
  baseline: '@mp applySync (processes)',
  contenders: [
    ours('@mp applySync (processes)', 'process'),
    ours('@mp applySync (threads)', 'thread'),
    node('synckit (thread)', 'rivals/synckit.mjs', { needs: 'synckit' }),
    ...pythonPools(),
  ],
  targets: [{ goal: 'hot: ≤ a fifth of synckit', metric: 'hot', against: ['synckit'], atLeast: 5 }],
};
