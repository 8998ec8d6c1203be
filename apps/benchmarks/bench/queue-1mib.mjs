import { channels } from '../harness/channels.mjs';

export default {
  title: 'Buffers of 1 MiB from one producer process to one consumer process',
  round: 'stream',
  rounds: 5,
  params: { payload: 'bytes', warm: 64, seconds: 1 },
  quick: { warm: 4, seconds: 0.02 },
  metrics: [{ key: 'rate', label: 'throughput', unit: 'GiB/s', better: 'higher' }],
  baseline: '@mp Queue, sync',
  contenders: channels({ bytes: true }),
  targets: [
    { goal: '≥ 5 times the bytes/s of Python Pipe', metric: 'rate', against: ['Python'], atLeast: 5 },
  ],
};
