import { pools } from '../harness/pools.mjs';

export default {
  title: 'Pool of 2 workers: tasks that take no time, 64 in flight',
  round: 'pool-tiny',
  rounds: 5,
  params: { workers: 2, inFlight: 64, warm: 2_000, seconds: 1 },
  quick: { warm: 100, seconds: 0.02 },
  metrics: [{ key: 'rate', label: 'throughput', unit: 'tasks/s', better: 'higher' }],
  baseline: '@mp Pool (processes)',
  contenders: pools(),
  targets: [
    {
      goal: '≥ 5 times tinypool with processes',
      metric: 'rate',
      against: ['tinypool (processes)'],
      atLeast: 5,
    },
    {
      goal: '≥ 2 times tinypool and piscina with threads',
      metric: 'rate',
      against: ['tinypool (threads)', 'piscina'],
      atLeast: 2,
    },
  ],
};
