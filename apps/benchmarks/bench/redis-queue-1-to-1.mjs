import { redisCrowd } from '../harness/redis-objects.mjs';

export default redisCrowd('Queue over Redis, with leases: from one process to another', {
  round: 'stream',
  atLeast: 3,
});
