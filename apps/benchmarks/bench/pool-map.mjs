import { PROCESSES, poolsWithMap } from '../harness/pools.mjs';

export default {
  title: 'Pool of 2 workers: map of a tiny task over many numbers, chunks of its own choice',
  round: 'pool-map',
  rounds: 5,
  params: { workers: 2, task: 'square', warm: 20_000, seconds: 1 },
  quick: { warm: 500, seconds: 0.02 },
  metrics: [{ key: 'rate', label: 'throughput', unit: 'items/s', better: 'higher' }],
  baseline: PROCESSES,
  contenders: poolsWithMap(),
  targets: [{ goal: '≥ Python Pool.map', metric: 'rate', against: ['Python'], atLeast: 1 }],
};
