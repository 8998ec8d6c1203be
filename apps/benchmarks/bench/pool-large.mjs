import { PROCESSES, pools } from '../harness/pools.mjs';

const MIB = 1 << 20;

export default {
  title: 'Pool of 2 workers: a call with an argument of 1 MiB, and of 64 MiB, one at a time',
  round: 'pool-large',
  rounds: 3,
  params: {
    workers: 2,
    task: 'weigh',
    sizes: { small: { bytes: MIB, warm: 20, calls: 200 }, large: { bytes: 64 * MIB, warm: 2, calls: 10 } },
    limit: 120_000,
  },
  quick: {
    sizes: { small: { bytes: MIB, warm: 1, calls: 3 }, large: { bytes: 4 * MIB, warm: 1, calls: 1 } },
  },
  metrics: [
    { key: 'small', label: '1 MiB', unit: 'µs', better: 'lower' },
    { key: 'large', label: '64 MiB', unit: 'µs', better: 'lower' },
  ],
  baseline: PROCESSES,
  // As JSON, bytes would be a list of numbers: rivals that can send them better are told to.
  contenders: pools({ serialization: 'advanced' }),
  targets: [],
};
