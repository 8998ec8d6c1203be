import { node, python } from './contenders.mjs';

/**
 * A benchmark of how the figures of a round grow with one of its parameters.
 *
 * @param of the round; `vary`: its parameter, `over`: the values of it; `figures`: metrics of the round
 */
export function growthBenchmark(title, { of, vary, over, figures, params, quick, ...own }) {
  return {
    title,
    round: 'growth',
    rounds: 3,
    params: { of, vary, over, figures: figures.map(({ key }) => key), limit: 120_000, ...params },
    quick: { over: over.slice(0, 2), ...quick },
    metrics: figures.flatMap(({ key, label, ...figure }) =>
      over.map((value) => ({ key: `${key}${value}`, label: `${label}, ${vary}: ${value}`, ...figure })),
    ),
    targets: [],
    ...own,
  };
}

/** How long it takes to hand over a Lock, or a permit of a Semaphore, to one of several processes. */
export function byWaiters(title, kind) {
  const ours = (mode) =>
    node(`@mp ${kind}, ${mode}`, 'ours/hand-off-crowd.mjs', { needs: '@mp/lock', kind, mode });
  return growthBenchmark(title, {
    of: 'hand-off-crowd',
    vary: 'waiters',
    over: [1, 2, 4, 8, 16],
    figures: [{ key: 'hot', label: 'there and back', unit: 'µs', better: 'lower' }],
    params: { warm: 2_000, hotCalls: 5_000, coldCalls: 0 },
    rounds: 5,
    quick: { warm: 10, hotCalls: 50 },
    baseline: `@mp ${kind}, sync`,
    contenders: [ours('sync'), ours('await'), ...python(kind, kind.toLowerCase())],
  });
}
