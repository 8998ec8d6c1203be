import { node } from '../harness/contenders.mjs';

const watched = (name, command) =>
  node(`@mp Queue, ${name}`, 'ours/queue-watched.mjs', { needs: '@mp/cli', mode: 'sync', command });

const BASELINE = '@mp Queue, alone';

export default {
  title: 'Small objects from one process to another, while the inspector looks',
  round: 'stream',
  rounds: 9,
  params: { payload: 'object', warm: 5_000, seconds: 1 },
  quick: { warm: 200, seconds: 0.02 },
  metrics: [{ key: 'rate', label: 'throughput', unit: 'messages/s', better: 'higher' }],
  baseline: BASELINE,
  contenders: [
    node(BASELINE, 'ours/queue.mjs', { needs: '@mp/queue', mode: 'sync' }),
    watched('a process beside it that does nothing', ['idle']),
    watched('mp top beside it', ['top']),
    watched('mp top ten times a second', ['top', '--interval=100']),
  ],
  targets: [
    {
      goal: 'as fast with mp top beside it, but for what it takes of two cores that are busy: 3 %',
      metric: 'rate',
      of: '@mp Queue, mp top beside it',
      against: [BASELINE],
      atLeast: 0.97,
    },
  ],
};
