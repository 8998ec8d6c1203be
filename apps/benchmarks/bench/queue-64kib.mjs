import { channels } from '../harness/channels.mjs';

export default {
  title: 'Buffers of 64 KiB from one producer process to one consumer process',
  round: 'stream',
  rounds: 3,
  params: { payload: 'bytes/65536', warm: 500, seconds: 1 },
  quick: { warm: 16, seconds: 0.02 },
  metrics: [{ key: 'rate', label: 'throughput', unit: 'GiB/s', better: 'higher' }],
  baseline: '@mp Queue, sync',
  contenders: channels({ bytes: true }),
  targets: [],
};
