import { node, python } from '../harness/contenders.mjs';

export default {
  title: '10,000 locks of one process: what one costs',
  round: 'lock-many',
  rounds: 5,
  params: { warm: 100, count: 10_000 },
  quick: { warm: 10, count: 200 },
  metrics: [
    { key: 'create', label: 'to make it', unit: 'µs', better: 'lower' },
    { key: 'shared', label: 'shared memory', unit: 'KiB' },
    { key: 'rss', label: 'memory of the process', unit: 'KiB' },
  ],
  baseline: '@mp Lock',
  contenders: [
    node('@mp Lock', 'ours/lock-many.mjs', { needs: '@mp/lock' }),
    ...python('Lock', 'lock'),
    node('async-mutex (one event loop)', 'rivals/async-mutex-many.mjs', { needs: 'async-mutex' }),
  ],
  targets: [],
};
