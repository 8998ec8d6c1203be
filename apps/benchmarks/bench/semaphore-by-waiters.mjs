import { byWaiters } from '../harness/growth.mjs';

export default byWaiters(
  'A permit of a semaphore to one of several processes that wait for it, and one of another back',
  'Semaphore',
);
