import { compiled, node, python } from '../harness/contenders.mjs';

export default {
  title: 'Lock that two processes want all the time: acquire + release of both together',
  round: 'lock-contended',
  rounds: 7,
  params: { warmMs: 200, seconds: 1 },
  quick: { warmMs: 20, seconds: 0.05 },
  metrics: [
    { key: 'rate', label: 'together', unit: 'pairs/s', better: 'higher' },
    { key: 'share', label: 'share of the slowest', unit: 'of a fair one' },
  ],
  baseline: '@mp Lock, sync',
  contenders: [
    node('@mp Lock, sync', 'ours/lock.mjs', { needs: '@mp/lock', mode: 'sync' }),
    node('@mp Lock, await', 'ours/lock.mjs', { needs: '@mp/lock', mode: 'await' }),
    ...python('Lock', 'lock'),
    node('proper-lockfile', 'rivals/proper-lockfile.mjs', { needs: 'proper-lockfile' }),
    compiled('fs-ext flock', 'rivals/fs-ext.mjs', 'fs-ext', 'build/Release/fs-ext.node'),
  ],
  targets: [{ goal: '≥ the throughput of Python', metric: 'rate', against: ['Python'], atLeast: 1 }],
};
