import { PROCESSES, pools } from '../harness/pools.mjs';

export default {
  title: 'Pool of 4 workers that are idle: memory',
  round: 'pool-memory',
  rounds: 3,
  params: { workers: 4, task: 'nap', napMs: 100, settleMs: 1_500 },
  quick: { napMs: 20, settleMs: 100 },
  metrics: [
    { key: 'worker', label: 'a worker', unit: 'MiB', better: 'lower' },
    { key: 'all', label: 'the program with its pool', unit: 'MiB', better: 'lower' },
  ],
  baseline: PROCESSES,
  contenders: pools(),
  targets: [],
};
