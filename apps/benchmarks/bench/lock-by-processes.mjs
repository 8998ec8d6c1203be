import { node, python } from '../harness/contenders.mjs';
import { growthBenchmark } from '../harness/growth.mjs';

const BASELINE = '@mp Lock, sync';

export default growthBenchmark(
  'A lock that several processes want all the time: acquire + release of all together',
  {
    of: 'lock-contended',
    vary: 'processes',
    over: [1, 2, 4, 8, 16],
    figures: [{ key: 'rate', label: 'together', unit: 'pairs/s', better: 'higher' }],
    params: { warmMs: 100, seconds: 0.4 },
    quick: { warmMs: 20, seconds: 0.05 },
    baseline: BASELINE,
    contenders: [
      node(BASELINE, 'ours/lock.mjs', { needs: '@mp/lock', mode: 'sync' }),
      node('@mp Lock, await', 'ours/lock.mjs', { needs: '@mp/lock', mode: 'await' }),
      ...python('Lock', 'lock'),
    ],
  },
);
