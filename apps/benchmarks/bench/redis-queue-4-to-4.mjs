import { redisCrowd } from '../harness/redis-objects.mjs';

export default redisCrowd('Queue over Redis, with leases: from four processes to four others', {
  round: 'crowd',
  producers: 4,
  consumers: 4,
  atLeast: 3,
});
