import { callsBenchmark, managersWithLocks } from '../harness/managers.mjs';

export default callsBenchmark(
  'Lock in a server that nobody else wants: acquire and release',
  [{ key: 'pair', label: 'pair' }],
  { object: 'lock', contenders: managersWithLocks() },
);
