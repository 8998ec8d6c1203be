import { managersInFlight, manyAtATime, NEAR } from '../harness/managers.mjs';

const metrics = [
  { key: 'get', label: 'get' },
  { key: 'set', label: 'set' },
  { key: 'getBatched', label: 'get, batches' },
  { key: 'setBatched', label: 'set, batches' },
];

export default {
  title: 'Dict of small objects in a server: 64 calls in flight, and batches of 64 in one turn',
  round: 'manager-in-flight',
  rounds: 3,
  params: {
    object: 'dict',
    works: ['get', 'set'],
    entries: 1_000,
    payload: 'object',
    inFlight: 64,
    warm: 2_000,
    seconds: 0.5,
  },
  quick: { entries: 10, warm: 100, seconds: 0.02 },
  metrics: metrics.map((metric) => ({ ...metric, unit: 'calls/s', better: 'higher' })),
  baseline: NEAR,
  contenders: managersInFlight(),
  targets: manyAtATime(metrics.slice(0, 2)),
};
