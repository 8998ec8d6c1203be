import { managersOfProcesses, NEAR } from '../harness/managers.mjs';

export default {
  title: 'Server with a dict of a million small objects: memory',
  round: 'manager-memory',
  rounds: 3,
  params: { object: 'dict', entries: 1_000_000, payload: 'object', settleMs: 1_500, limit: 300_000 },
  quick: { entries: 1_000, settleMs: 50 },
  metrics: [
    { key: 'entry', label: 'an entry', unit: 'bytes', better: 'lower' },
    { key: 'full', label: 'the server, full', unit: 'MiB', better: 'lower' },
    { key: 'empty', label: 'empty', unit: 'MiB', better: 'lower' },
    { key: 'fill', label: 'filled, 500 in flight', unit: 'set/s' },
  ],
  baseline: NEAR,
  // One way to each server: its memory does not depend on it.
  contenders: managersOfProcesses().filter(({ name }) => !name.endsWith('TCP')),
  targets: [],
};
