import { node } from './contenders.mjs';
import { redisMissing } from './redis-server.mjs';

/** The baseline of all benchmarks of objects over Redis. */
export const OVER_REDIS = '@mp Redis';

const overRedis = (name, adapter, needs) => {
  const contender = node(name, adapter, { needs, way: 'tcp' });
  return { ...contender, missing: () => contender.missing() ?? redisMissing() };
};

export const ours = (adapter) => overRedis(OVER_REDIS, adapter, '@mp/redis');
export const bullmq = (adapter) => overRedis('BullMQ', adapter, 'bullmq');
export const redlock = () => overRedis('redlock', 'rivals/redlock.mjs', 'redlock');
export const plainClient = (adapter) => overRedis('Redis client', adapter, 'redis');
export const managerOverTcp = () =>
  node('@mp Manager, TCP', 'ours/manager.mjs', { needs: '@mp/manager', way: 'tcp', noRedis: true });

/**
 * Calls of one object.
 *
 * @param works `key`: a function of the client; `label`
 * @param options what is its own: `object`, `contenders`, `targets`, and `lanes`: so many calls in flight, 1 = not measured
 */
export function redisBenchmark(title, works, { object, contenders, targets = [], lanes = 64 }) {
  return {
    title,
    round: 'redis-calls',
    rounds: 3,
    params: {
      object,
      works: works.map(({ key }) => key),
      entries: 1_000,
      payload: 'object',
      warm: 500,
      hotCalls: 5_000,
      seconds: 1,
      lanes,
      counted: 200,
    },
    quick: { entries: 10, warm: 20, hotCalls: 50, seconds: 0.02, counted: 20 },
    metrics: works.flatMap(({ key, label }) => [
      { key: `${key}Hot`, label: `${label}, one at a time`, unit: 'µs', better: 'lower' },
      { key: `${key}HotP99`, label: 'p99', unit: 'µs' },
      ...(lanes > 1
        ? [{ key: `${key}Rate`, label: `${label}, ${lanes} in flight`, unit: '/s', better: 'higher' }]
        : []),
      { key: `${key}Trips`, label: 'commands', unit: 'each' },
    ]),
    baseline: OVER_REDIS,
    contenders,
    targets,
  };
}

/** A queue between processes. */
export function redisCrowd(title, { round, producers = 1, consumers = 1, atLeast }) {
  return {
    title,
    round,
    rounds: 3,
    params: { payload: 'object', producers, consumers, warm: 2_000, seconds: 1 },
    quick: { warm: 100, seconds: 0.02 },
    metrics: [{ key: 'rate', label: 'throughput', unit: 'items/s', better: 'higher' }],
    baseline: OVER_REDIS,
    contenders: [
      ours('ours/redis-queue.mjs'),
      bullmq('rivals/bullmq-queue.mjs'),
      plainClient('rivals/redis-queue.mjs'),
    ],
    targets: [{ goal: `≥ ${atLeast} times BullMQ`, metric: 'rate', against: ['BullMQ'], atLeast }],
  };
}
