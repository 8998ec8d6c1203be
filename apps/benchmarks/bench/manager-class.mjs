import { callsBenchmark, managers } from '../harness/managers.mjs';

export default callsBenchmark(
  'Method of an own class in a server that adds a number: one call at a time',
  [{ key: 'add', label: 'call' }],
  { object: 'counter', contenders: managers() },
);
