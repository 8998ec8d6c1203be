import { bullmq, OVER_REDIS, ours } from '../harness/redis-objects.mjs';

export default {
  title: 'Pool of machines over Redis, one of 2 workers: tasks that take no time, 64 in flight',
  round: 'pool-tiny',
  rounds: 3,
  params: { workers: 2, task: 'square', inFlight: 64, warm: 1_000, warmSeconds: 1, seconds: 1 },
  quick: { warm: 100, warmSeconds: 0, seconds: 0.02 },
  metrics: [{ key: 'rate', label: 'throughput', unit: 'tasks/s', better: 'higher' }],
  baseline: OVER_REDIS,
  contenders: [ours('ours/redis-pool.mjs'), bullmq('rivals/bullmq-pool.mjs')],
  targets: [{ goal: '≥ BullMQ', metric: 'rate', against: ['BullMQ'], atLeast: 1 }],
};
