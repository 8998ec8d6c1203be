import { managerOverTcp, ours, plainClient, redisBenchmark, redlock } from '../harness/redis-objects.mjs';

export default redisBenchmark(
  'Lock over Redis that nobody else wants: acquire and release',
  [{ key: 'pair', label: 'pair' }],
  {
    object: 'lock',
    contenders: [ours('ours/redis.mjs'), redlock(), plainClient('rivals/redis.mjs'), managerOverTcp()],
    // It is one lock: in flight, its calls would only wait for each other.
    lanes: 1,
    targets: [{ goal: '≥ redlock', metric: 'pairHot', against: ['redlock'], atLeast: 1 }],
  },
);
