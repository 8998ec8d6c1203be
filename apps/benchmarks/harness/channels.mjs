import { node, python } from './contenders.mjs';

const OURS = [
  node('@mp Queue, sync', 'ours/queue.mjs', { needs: '@mp/queue', mode: 'sync' }),
  node('@mp Queue, await', 'ours/queue.mjs', { needs: '@mp/queue', mode: 'await' }),
];

/** What several producers and several consumers can share. */
export function crowd() {
  return [...OURS, ...python('Queue', 'queue'), ...python('SimpleQueue', 'simplequeue')];
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
