import { node, python } from '../harness/contenders.mjs';

export default {
  title: 'A number in shared memory, nobody else uses it',
  round: 'operations',
  rounds: 7,
  params: { works: ['read', 'write', 'add', 'lockedAdd'], warm: 200_000, seconds: 0.3 },
  quick: { warm: 2_000, seconds: 0.02 },
  metrics: [
    { key: 'read', label: 'read', unit: 'ns', better: 'lower' },
    { key: 'write', label: 'write', unit: 'ns', better: 'lower' },
    { key: 'add', label: 'add', unit: 'ns', better: 'lower' },
    { key: 'lockedAdd', label: 'add under the lock', unit: 'ns', better: 'lower' },
  ],
  baseline: '@mp Value',
  contenders: [
    node('@mp Value', 'ours/value.mjs', { needs: '@mp/shared' }),
    node('raw Atomics', 'rivals/atomics-value.mjs'),
    ...python('Value', 'value', 'python_shared.py'),
  ],
  targets: [
    { goal: 'add ≤ 2 times the raw atomic', metric: 'add', against: ['raw Atomics'], atLeast: 1 / 2 },
    {
      goal: 'an add under the lock ≥ 1.5 times faster than Python',
      metric: 'lockedAdd',
      against: ['Python'],
      atLeast: 1.5,
    },
  ],
};
