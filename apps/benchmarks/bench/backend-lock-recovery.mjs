import { bothBackends } from '../harness/contenders.mjs';

export default {
  title: 'Both backends: the holder of a lock is SIGKILLed: time until the waiter has it',
  round: 'lock-recovery',
  rounds: 3,
  params: { kills: 50, limit: 180_000 },
  quick: { kills: 2 },
  metrics: [
    { key: 'median', label: 'median', unit: 'ms', better: 'lower' },
    { key: 'p99', label: 'p99', unit: 'ms', better: 'lower' },
    { key: 'most', label: 'most', unit: 'ms' },
  ],
  baseline: '@mp Lock, sync',
  contenders: [
    ...bothBackends('@mp Lock, sync', 'ours/lock-recovery.mjs', { needs: '@mp/lock', mode: 'sync' }),
    ...bothBackends('@mp Lock, await', 'ours/lock-recovery.mjs', { needs: '@mp/lock', mode: 'await' }),
  ],
  targets: [],
};
