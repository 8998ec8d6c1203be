import { compiled, node, python } from '../harness/contenders.mjs';

export default {
  title: 'Lock that nobody else wants: acquire + release',
  round: 'lock-free',
  rounds: 7,
  params: { warm: 200_000, seconds: 0.5 },
  quick: { warm: 2_000, seconds: 0.02 },
  metrics: [{ key: 'pair', label: 'pair', unit: 'ns', better: 'lower' }],
  baseline: '@mp Lock, sync',
  contenders: [
    node('@mp Lock, sync', 'ours/lock.mjs', { needs: '@mp/lock', mode: 'sync' }),
    node('@mp Lock, await', 'ours/lock.mjs', { needs: '@mp/lock', mode: 'await' }),
    node('raw Atomics pair', 'rivals/atomics.mjs'),
    ...python('Lock', 'lock'),
    node('async-mutex (one event loop)', 'rivals/async-mutex.mjs', { needs: 'async-mutex' }),
    node('proper-lockfile', 'rivals/proper-lockfile.mjs', { needs: 'proper-lockfile', warmMost: 100 }),
    compiled('fs-ext flock', 'rivals/fs-ext.mjs', 'fs-ext', 'build/Release/fs-ext.node'),
  ],
  targets: [
    { goal: '≤ 2 times the raw Atomics pair', metric: 'pair', against: ['raw Atomics pair'], atLeast: 1 / 2 },
    { goal: '≥ 1.5 times faster than Python', metric: 'pair', against: ['Python'], atLeast: 1.5 },
    { goal: 'await pair ≤ 200 ns', metric: 'pair', contender: '@mp Lock, await', atMost: 200 },
  ],
};
