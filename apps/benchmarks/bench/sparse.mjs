import { node, python } from '../harness/contenders.mjs';

const PAUSES = [1, 5, 20, 100];

export default {
  title: 'A small object there and back, with a pause before each: what most programs do',
  round: 'sparse',
  rounds: 5,
  params: { payload: 'object', freshMs: 20, pausesMs: PAUSES, calls: 60, warm: 12_000 },
  quick: { pausesMs: [1], warm: 20, calls: 3 },
  metrics: [
    { key: 'fresh', label: 'fresh, 20 ms', unit: 'µs', better: 'lower' },
    ...PAUSES.map((ms) => ({ key: `warm${ms}`, label: `warm, ${ms} ms`, unit: 'µs', better: 'lower' })),
  ],
  baseline: '@mp pipe, await',
  contenders: [
    node('@mp pipe, await', 'ours/pipe.mjs', { needs: '@mp/pipe', mode: 'await' }),
    node('@mp pipe, sync', 'ours/pipe.mjs', { needs: '@mp/pipe', mode: 'sync' }),
    node('@mp Queue, await', 'ours/queue.mjs', { needs: '@mp/queue', mode: 'await' }),
    node('@mp Queue, sync', 'ours/queue.mjs', { needs: '@mp/queue', mode: 'sync' }),
    ...python('Pipe', 'pipe'),
    node('child.send advanced', 'rivals/child-send.mjs', { serialization: 'advanced' }),
    node('postMessage (thread)', 'rivals/post-message.mjs'),
    node('node:net + msgpackr', 'rivals/unix-socket.mjs', { needs: 'msgpackr' }),
  ],
  targets: ['pipe', 'Queue'].flatMap((kind) =>
    ['fresh', 'warm20'].flatMap((metric) => [
      {
        goal: `${kind}, await, ${metric}: as fast as node:net`,
        metric,
        of: `@mp ${kind}, await`,
        against: ['node:net'],
        atLeast: 1,
      },
      {
        goal: `${kind}, sync, ${metric}: as fast as Python's Pipe`,
        metric,
        of: `@mp ${kind}, sync`,
        against: ['Python'],
        atLeast: 1,
      },
    ]),
  ),
};
