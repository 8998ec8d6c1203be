import { callsBenchmark, managers } from '../harness/managers.mjs';

export default callsBenchmark(
  'Dict of small objects in a server: one call at a time',
  [
    { key: 'get', label: 'get' },
    { key: 'set', label: 'set' },
  ],
  { object: 'dict', contenders: managers() },
);
