import { node, python } from '../harness/contenders.mjs';

export default {
  title: 'The sum of a million f64',
  round: 'operations',
  rounds: 15,
  params: { works: ['sum'], elements: 1_000_000, warm: 20, seconds: 0.5, unitNs: 1_000 },
  quick: { warm: 2, seconds: 0.02 },
  metrics: [{ key: 'sum', label: 'sum', unit: 'µs', better: 'lower' }],
  baseline: '@mp SharedArray, view',
  contenders: [
    node('@mp SharedArray, view', 'ours/array-sum.mjs', { needs: '@mp/shared' }),
    node('private Float64Array', 'rivals/array-sum.mjs'),
    ...python('Array, without its lock', 'array', 'python_shared.py'),
  ],
  targets: [
    {
      goal: '≤ 1.05 times the same loop over private memory',
      metric: 'sum',
      against: ['private'],
      atLeast: 1 / 1.05,
    },
  ],
};
