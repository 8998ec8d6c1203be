import { bothBackends } from '../harness/contenders.mjs';

export default {
  title: 'Both backends: small objects from one producer process to one consumer process',
  round: 'stream',
  rounds: 5,
  params: { payload: 'object', warm: 5_000, seconds: 1 },
  quick: { warm: 200, seconds: 0.02 },
  metrics: [{ key: 'rate', label: 'throughput', unit: 'messages/s', better: 'higher' }],
  baseline: '@mp Queue, sync',
  contenders: [
    ...bothBackends('@mp Queue, sync', 'ours/queue.mjs', { needs: '@mp/queue', mode: 'sync' }),
    ...bothBackends('@mp Queue, await', 'ours/queue.mjs', { needs: '@mp/queue', mode: 'await' }),
  ],
  targets: [],
};
