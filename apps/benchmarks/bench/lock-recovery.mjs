import { compiled, node } from '../harness/contenders.mjs';

export default {
  title: 'The holder of a lock is SIGKILLed: time until the waiter has it (Python: never)',
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
    node('@mp Lock, sync', 'ours/lock-recovery.mjs', { needs: '@mp/lock', mode: 'sync' }),
    node('@mp Lock, await', 'ours/lock-recovery.mjs', { needs: '@mp/lock', mode: 'await' }),
    node('proper-lockfile, stale 2 s', 'rivals/proper-lockfile-recovery.mjs', {
      needs: 'proper-lockfile',
      kills: 3,
    }),
    compiled('fs-ext flock', 'rivals/fs-ext.mjs', 'fs-ext', 'build/Release/fs-ext.node'),
  ],
  targets: [
    { goal: 'sync: p99 ≤ 100 ms', metric: 'p99', contender: '@mp Lock, sync', atMost: 100 },
    { goal: 'await: p99 ≤ 100 ms', metric: 'p99', contender: '@mp Lock, await', atMost: 100 },
  ],
};
