import { bothBackends } from '../harness/contenders.mjs';

export default {
  title: 'Both backends: a small object there and back between two processes, one at a time',
  round: 'round-trip',
  rounds: 5,
  params: { payload: 'object', warm: 2_000, hotCalls: 10_000, coldCalls: 100 },
  quick: { warm: 20, hotCalls: 100, coldCalls: 5 },
  metrics: [
    { key: 'hot', label: 'hot', unit: 'µs', better: 'lower' },
    { key: 'cold', label: 'cold', unit: 'µs', better: 'lower' },
    { key: 'hotP99', label: 'hot p99', unit: 'µs' },
    { key: 'coldP99', label: 'cold p99', unit: 'µs' },
  ],
  baseline: '@mp Queue, await',
  contenders: [
    ...bothBackends('@mp Queue, sync', 'ours/queue.mjs', { needs: '@mp/queue', mode: 'sync' }),
    ...bothBackends('@mp Queue, await', 'ours/queue.mjs', { needs: '@mp/queue', mode: 'await' }),
  ],
  targets: [],
};
