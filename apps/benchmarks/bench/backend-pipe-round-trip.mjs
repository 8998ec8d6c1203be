import { bothBackends } from '../harness/contenders.mjs';

export default {
  title: 'Both backends: a small object there and back over one two-way connection, one at a time',
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
  baseline: '@mp pipe, sync',
  contenders: [
    ...bothBackends('@mp pipe, sync', 'ours/pipe.mjs', { needs: '@mp/pipe', mode: 'sync' }),
    ...bothBackends('@mp pipe, await', 'ours/pipe.mjs', { needs: '@mp/pipe', mode: 'await' }),
  ],
  targets: [],
};
