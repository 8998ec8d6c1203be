import { PROCESSES, pools, THREADS } from '../harness/pools.mjs';

const speedUp = (contender) => ({
  goal: `${contender}: ≥ 1.85 times a plain loop on two cores`,
  metric: 'speedUp',
  contender,
  atLeast: 1.85,
});

export default {
  title: 'Pool of 2 workers: tasks that keep a core busy for 5 ms, beside a plain loop over the same',
  round: 'pool-cpu',
  rounds: 3,
  params: { workers: 2, task: 'burn', taskMs: 5, tasks: 200, turns: 3 },
  quick: { taskMs: 1, tasks: 10, turns: 1 },
  metrics: [
    { key: 'speedUp', label: 'speed-up', unit: '×', better: 'higher' },
    { key: 'plain', label: 'plain loop', unit: 'ms' },
    { key: 'pool', label: 'pool', unit: 'ms' },
  ],
  baseline: PROCESSES,
  contenders: pools(),
  targets: [speedUp(PROCESSES), speedUp(THREADS)],
};
