import { node, python } from '../harness/contenders.mjs';

export default {
  title: 'Bytes to another process and a short answer: as a handle of shared memory, and as a copy',
  round: 'operations',
  rounds: 3,
  params: {
    works: ['kib', 'gib'],
    sizes: { kib: 1 << 10, gib: 1 << 30 },
    warm: 200,
    warmOf: { gib: 1 },
    seconds: 0.5,
    unitNs: 1_000,
  },
  quick: { warm: 10, sizes: { kib: 1 << 10, gib: 16 << 20 }, seconds: 0.02 },
  metrics: [
    { key: 'kib', label: '1 KiB', unit: 'µs', better: 'lower' },
    { key: 'gib', label: '1 GiB', unit: 'µs', better: 'lower' },
  ],
  baseline: '@mp SharedMemory by Queue',
  contenders: [
    node('@mp SharedMemory by Queue', 'ours/memory-message.mjs', { needs: '@mp/queue' }),
    node('@mp SharedMemory by Queue, not looked into', 'ours/memory-message.mjs', {
      needs: '@mp/queue',
      onlySize: true,
    }),
    node('@mp Queue, copied', 'ours/memory-message.mjs', { needs: '@mp/queue', copy: true }),
    node('postMessage (thread), copied', 'rivals/memory-message.mjs'),
    ...python('SharedMemory by Pipe', 'handle', 'python_shared.py'),
    ...python('Pipe, copied', 'copy', 'python_shared.py'),
  ],
  targets: [],
};
