import { node, python } from '../harness/contenders.mjs';

const ours = (name, options) => node(name, 'ours/start.mjs', { needs: '@mp/process', ...options });

export default {
  title: 'Start of a child that does nothing, and join',
  round: 'process-start',
  rounds: 3,
  params: { warm: 3, starts: 12, pauseMs: 200, idle: 4, settleMs: 1_500 },
  quick: { warm: 1, starts: 2, pauseMs: 50, idle: 1, settleMs: 200 },
  metrics: [
    { key: 'join', label: 'start + join', unit: 'ms', better: 'lower' },
    { key: 'over', label: 'more than bare node', unit: 'ms' },
    { key: 'start', label: 'start()', unit: 'ms' },
    { key: 'memory', label: 'memory of an idle one', unit: 'MiB' },
  ],
  baseline: '@mp Process',
  contenders: [
    ours('@mp Process', { kind: 'Process' }),
    ours('@mp Process, a spare', { kind: 'Process', spares: { processes: 1 } }),
    ours('@mp Thread', { kind: 'Thread' }),
    ours('@mp Thread, a spare', { kind: 'Thread', spares: { threads: 1 } }),
    node('bare node, empty file', 'rivals/start-node.mjs', { how: 'spawn' }),
    node('child_process.fork, empty file', 'rivals/start-node.mjs', { how: 'fork' }),
    node('new Worker, empty file', 'rivals/start-node.mjs', { how: 'worker' }),
    ...python('Process, spawn', 'spawn'),
    ...python('Process, fork', 'fork'),
  ],
  targets: [
    { goal: '≤ 25 ms more than bare node', metric: 'over', contender: '@mp Process', atMost: 25 },
    { goal: 'start() of a spare ≤ 5 ms', metric: 'start', contender: '@mp Process, a spare', atMost: 5 },
    { goal: 'start + join of a spare ≤ 5 ms', metric: 'join', contender: '@mp Process, a spare', atMost: 5 },
  ],
};
