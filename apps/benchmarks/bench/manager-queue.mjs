import { callsBenchmark, managersWithLocks } from '../harness/managers.mjs';

export default callsBenchmark(
  'Queue of small objects in a server: put and get',
  [{ key: 'pair', label: 'pair' }],
  { object: 'queue', contenders: managersWithLocks() },
);
