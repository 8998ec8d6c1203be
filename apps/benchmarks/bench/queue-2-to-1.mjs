import { crowd } from '../harness/channels.mjs';

export default {
  title: 'Small objects from two producer processes to one consumer process',
  round: 'crowd',
  rounds: 5,
  params: { payload: 'object', producers: 2, consumers: 1, warm: 5_000, seconds: 1 },
  quick: { warm: 200, seconds: 0.02 },
  metrics: [{ key: 'rate', label: 'throughput', unit: 'messages/s', better: 'higher' }],
  baseline: '@mp Queue, sync',
  contenders: crowd(),
  targets: [
    { goal: '≥ 5 times Python Queue and SimpleQueue', metric: 'rate', against: ['Python'], atLeast: 5 },
  ],
};
