import { node, python } from './contenders.mjs';

/** A benchmark of connections that one process makes to a listener of another, both with a key. */
export function connectBenchmark(title, family) {
  const ours = (name, atOnce) => node(name, 'ours/listener.mjs', { needs: '@mp/pipe', family, atOnce });
  return {
    title,
    round: 'connect',
    rounds: 5,
    params: { warm: 200, seconds: 1 },
    quick: { warm: 10, seconds: 0.02 },
    metrics: [{ key: 'rate', label: 'connections', unit: 'connections/s', better: 'higher' }],
    baseline: '@mp Listener, one at a time',
    contenders: [
      ours('@mp Listener, one at a time', 1),
      ours('@mp Listener, 100 at once', 100),
      ...python('Listener, one at a time', family),
    ],
    targets: [
      { goal: 'one at a time: as many as Python', metric: 'rate', against: ['Python'], atLeast: 1 },
      {
        goal: '100 at once: as many as Python',
        metric: 'rate',
        of: '@mp Listener, 100 at once',
        against: ['Python'],
        atLeast: 1,
      },
    ],
  };
}
