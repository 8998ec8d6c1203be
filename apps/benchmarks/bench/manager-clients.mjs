import { managersOfProcesses, NEAR } from '../harness/managers.mjs';

export default {
  title: 'Dict of small objects in a server: get by one client, and by two, a process each',
  round: 'manager-clients',
  rounds: 3,
  params: { object: 'dict', entries: 1_000, payload: 'object', seconds: 1 },
  quick: { entries: 10, seconds: 0.02 },
  metrics: [
    { key: 'one', label: 'one' },
    { key: 'oneTwo', label: 'two' },
    { key: 'many', label: 'one, 64 in flight' },
    { key: 'manyTwo', label: 'two, 64 in flight each' },
  ].map((metric) => ({ ...metric, unit: 'get/s', better: 'higher' })),
  baseline: NEAR,
  contenders: managersOfProcesses(),
  targets: [],
};
