import { channels } from '../harness/channels.mjs';

export default {
  title: 'Small objects from one producer process to one consumer process',
  round: 'stream',
  rounds: 5,
  params: { payload: 'object', warm: 5_000, seconds: 1 },
  quick: { warm: 200, seconds: 0.02 },
  metrics: [{ key: 'rate', label: 'throughput', unit: 'messages/s', better: 'higher' }],
  baseline: '@mp Queue, sync',
  contenders: channels(),
  targets: [
    { goal: '≥ 5 times Python Queue, SimpleQueue and Pipe', metric: 'rate', against: ['Python'], atLeast: 5 },
    {
      goal: '≥ 2 times zeromq, child.send, postMessage, node:net',
      metric: 'rate',
      against: ['zeromq', 'child.send', 'postMessage', 'node:net'],
      atLeast: 2,
    },
  ],
};
