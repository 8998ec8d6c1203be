import { channels } from '../harness/channels.mjs';

export default {
  title: 'Buffers of 1 KiB from one producer process to one consumer process',
  round: 'stream',
  rounds: 3,
  params: { payload: 'bytes/1024', warm: 5000, seconds: 1 },
  quick: { warm: 200, seconds: 0.02 },
  metrics: [{ key: 'rate', label: 'throughput', unit: 'messages/s', better: 'higher' }],
  baseline: '@mp Queue, sync',
  contenders: channels({ bytes: true }),
  targets: [],
};
