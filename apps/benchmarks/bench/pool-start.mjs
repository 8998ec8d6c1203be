import { PROCESSES, pools } from '../harness/pools.mjs';

export default {
  title: 'Pool of 2 workers: from its start to the first result, and its stop',
  round: 'pool-start',
  rounds: 3,
  params: { workers: 2, task: 'square', warm: 2, starts: 12, pauseMs: 200 },
  quick: { warm: 0, starts: 1, pauseMs: 20 },
  metrics: [
    { key: 'all', label: 'all', unit: 'ms', better: 'lower' },
    { key: 'first', label: 'to the first result', unit: 'ms', better: 'lower' },
    { key: 'stop', label: 'stop', unit: 'ms', better: 'lower' },
  ],
  baseline: PROCESSES,
  contenders: pools(),
  targets: [],
};
