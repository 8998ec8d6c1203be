import { bullmq, managerOverTcp, ours, plainClient, redisBenchmark } from '../harness/redis-objects.mjs';

export default redisBenchmark(
  'Queue of small objects over Redis: put and get',
  [{ key: 'pair', label: 'pair' }],
  {
    object: 'queue',
    contenders: [
      ours('ours/redis.mjs'),
      bullmq('rivals/bullmq.mjs'),
      plainClient('rivals/redis.mjs'),
      managerOverTcp(),
    ],
    targets: [
      { goal: '≥ 3 times BullMQ, 64 in flight', metric: 'pairRate', against: ['BullMQ'], atLeast: 3 },
    ],
  },
);
