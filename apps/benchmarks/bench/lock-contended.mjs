import { node, python } from '../harness/contenders.mjs';

export default {
  title: 'Lock that two processes want all the time: acquire + release of both together',
  round: 'lock-contended',
  rounds: 7,
  params: { warmMs: 200, seconds: 1 },
  quick: { warmMs: 20, seconds: 0.05 },
  metrics: [
    { key: 'rate', label: 'together', unit: 'pairs/s', better: 'higher' },
    { key: 'share', label: 'share of the slower', unit: 'of 1' },
  ],
  baseline: '@mp Lock, sync',
  contenders: [
    node('@mp Lock, sync', 'ours/lock.mjs', { needs: '@mp/lock', mode: 'sync' }),
    node('@mp Lock, await', 'ours/lock.mjs', { needs: '@mp/lock', mode: 'await' }),
    ...python('Lock', 'lock'),
  ],
  targets: [{ goal: '≥ the throughput of Python', metric: 'rate', against: ['Python'], atLeast: 1 }],
};
