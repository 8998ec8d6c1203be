import { ourPools, PROCESSES, pythonPools } from '../harness/pools.mjs';

export default {
  title: 'Pool of 2 workers, each replaced after 1,000 tasks: 100,000 tasks that take no time, 64 in flight',
  round: 'pool-long',
  rounds: 3,
  params: {
    workers: 2,
    task: 'place',
    inFlight: 64,
    tasks: 100_000,
    recycleAfter: 1_000,
    settleMs: 1_000,
    limit: 180_000,
  },
  quick: { tasks: 500, recycleAfter: 100, settleMs: 50 },
  metrics: [
    { key: 'rate', label: 'throughput', unit: 'tasks/s', better: 'higher' },
    { key: 'longest', label: 'longest task', unit: 'ms' },
    { key: 'workers', label: 'workers', unit: 'in all' },
    { key: 'growth', label: 'growth of memory', unit: 'MiB' },
  ],
  baseline: PROCESSES,
  // Of the rivals, only the pools of Python replace workers after so many tasks.
  contenders: [...ourPools({ recycles: true }), ...pythonPools()],
  targets: [{ goal: '≥ Python', metric: 'rate', against: ['Python'], atLeast: 1 }],
};
