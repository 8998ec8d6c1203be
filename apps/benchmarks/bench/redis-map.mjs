import { managerOverTcp, ours, plainClient, redisBenchmark } from '../harness/redis-objects.mjs';

export default redisBenchmark(
  'Map over Redis: get and set',
  [
    { key: 'get', label: 'get' },
    { key: 'set', label: 'set' },
  ],
  {
    object: 'dict',
    contenders: [ours('ours/redis.mjs'), plainClient('rivals/redis.mjs'), managerOverTcp()],
  },
);
