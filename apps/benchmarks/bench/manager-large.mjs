import { callsBenchmark, managers } from '../harness/managers.mjs';

const benchmark = callsBenchmark(
  'Dict in a server: values of 1 MiB, one call at a time',
  [
    { key: 'get', label: 'get' },
    { key: 'set', label: 'set' },
  ],
  {
    object: 'dict',
    contenders: managers(),
    params: { payload: 'bytes', entries: 4, warm: 20, hotCalls: 200, coldCalls: 0 },
    quick: { entries: 2, warm: 1, hotCalls: 3, coldCalls: 0 },
    targets: [],
  },
);

export default { ...benchmark, metrics: benchmark.metrics.filter(({ key }) => key.includes('Hot')) };
