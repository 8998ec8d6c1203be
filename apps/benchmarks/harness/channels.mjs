import { node, python } from './contenders.mjs';

const OURS = [
  node('@mp Queue, sync', 'ours/queue.mjs', { needs: '@mp/queue', mode: 'sync' }),
  node('@mp Queue, await', 'ours/queue.mjs', { needs: '@mp/queue', mode: 'await' }),
];

/** What several producers and several consumers can share. The others connect one process with one other. */
export function crowd() {
  return [
    ...OURS,
    ...python('Queue', 'queue'),
    ...python('SimpleQueue', 'simplequeue'),
    node('zeromq ipc', 'rivals/zeromq-crowd.mjs', { needs: 'zeromq' }),
  ];
}

const CROWD_TARGETS = [
  { goal: '≥ 5 times Python Queue and SimpleQueue', metric: 'rate', against: ['Python'], atLeast: 5 },
  { goal: '≥ 2 times zeromq', metric: 'rate', against: ['zeromq'], atLeast: 2 },
];

/** A benchmark of small objects in one channel for all of them. */
export function crowdBenchmark(title, { producers, consumers }) {
  return {
    title,
    round: 'crowd',
    rounds: 5,
    params: { payload: 'object', producers, consumers, warm: 5_000, seconds: 1 },
    quick: { warm: 200, seconds: 0.02 },
    metrics: [{ key: 'rate', label: 'throughput', unit: 'messages/s', better: 'higher' }],
    baseline: '@mp Queue, sync',
    contenders: crowd(),
    targets: CROWD_TARGETS,
  };
}

/** Everything that carries messages, for the benchmarks that compare it. */
export function channels({ bytes = false } = {}) {
  const all = [
    ...OURS,
    ...python('Queue', 'queue'),
    ...python('SimpleQueue', 'simplequeue'),
    ...python('Pipe', 'pipe'),
    node('zeromq ipc', 'rivals/zeromq.mjs', { needs: 'zeromq' }),
    node('child.send advanced', 'rivals/child-send.mjs', { serialization: 'advanced' }),
    node('postMessage (thread)', 'rivals/post-message.mjs'),
    node('node:net + msgpackr', 'rivals/unix-socket.mjs', { needs: 'msgpackr' }),
  ];
  // JSON has no bytes; and only bytes can be given away.
  if (bytes) all.push(node('postMessage (thread), transfer', 'rivals/post-message.mjs', { transfer: true }));
  else all.push(node('child.send json', 'rivals/child-send.mjs', { serialization: 'json' }));
  return all;
}
