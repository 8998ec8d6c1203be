import { bothBackends } from '../harness/contenders.mjs';

export default {
  title: 'Both backends: a lock from one process to another that waits for it, and another one back',
  round: 'round-trip',
  rounds: 5,
  params: { payload: 'none', warm: 2_000, hotCalls: 10_000, coldCalls: 100 },
  quick: { warm: 20, hotCalls: 100, coldCalls: 5 },
  metrics: [
    { key: 'hot', label: 'hot', unit: 'µs', better: 'lower' },
    { key: 'cold', label: 'cold', unit: 'µs', better: 'lower' },
    { key: 'hotP99', label: 'hot p99', unit: 'µs' },
    { key: 'coldP99', label: 'cold p99', unit: 'µs' },
  ],
  baseline: '@mp Lock, sync',
  contenders: [
    ...bothBackends('@mp Lock, sync', 'ours/lock-hand-off.mjs', { needs: '@mp/lock', mode: 'sync' }),
    ...bothBackends('@mp Lock, await', 'ours/lock-hand-off.mjs', { needs: '@mp/lock', mode: 'await' }),
  ],
  targets: [],
};
