import { node, python } from '../harness/contenders.mjs';

export default {
  title: 'A small object there and back over one two-way connection, one at a time',
  round: 'round-trip',
  rounds: 5,
  params: { payload: 'object', warm: 2_000, hotCalls: 10_000, coldCalls: 100 },
  quick: { warm: 20, hotCalls: 100, coldCalls: 5 },
  metrics: [
    { key: 'hot', label: 'hot', unit: 'µs', better: 'lower' },
    { key: 'cold', label: 'cold', unit: 'µs', better: 'lower' },
    { key: 'hotP99', label: 'hot p99', unit: 'µs' },
    { key: 'coldP99', label: 'cold p99', unit: 'µs' },
  ],
  baseline: '@mp pipe, sync',
  contenders: [
    node('@mp pipe, sync', 'ours/pipe.mjs', { needs: '@mp/pipe', mode: 'sync' }),
    node('@mp pipe, await', 'ours/pipe.mjs', { needs: '@mp/pipe', mode: 'await' }),
    ...python('Pipe', 'pipe'),
    node('zeromq ipc', 'rivals/zeromq.mjs', { needs: 'zeromq' }),
    node('child.send advanced', 'rivals/child-send.mjs', { serialization: 'advanced' }),
    node('child.send json', 'rivals/child-send.mjs', { serialization: 'json' }),
    node('postMessage (thread)', 'rivals/post-message.mjs'),
    node('node:net + msgpackr', 'rivals/unix-socket.mjs', { needs: 'msgpackr' }),
  ],
  targets: [
    { goal: 'sync, hot: 5 times faster than Python', metric: 'hot', against: ['Python'], atLeast: 5 },
    { goal: 'sync, hot: 2 µs (stretch)', metric: 'hot', contender: '@mp pipe, sync', atMost: 2 },
    {
      goal: 'await, hot: 3 times faster than node:net',
      metric: 'hot',
      of: '@mp pipe, await',
      against: ['node:net'],
      atLeast: 3,
    },
    {
      goal: 'await, cold: as fast as node:net',
      metric: 'cold',
      of: '@mp pipe, await',
      against: ['node:net'],
      atLeast: 1,
    },
    { goal: 'await, hot: 10 µs (stretch)', metric: 'hot', contender: '@mp pipe, await', atMost: 10 },
  ],
};
