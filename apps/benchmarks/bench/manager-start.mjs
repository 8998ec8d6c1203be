import { node } from '../harness/contenders.mjs';
import { capnweb, comlink, NEAR, near, pythonUnix, redis } from '../harness/managers.mjs';

export default {
  title: 'Server: from its start to the first answer of a dict, and its stop',
  round: 'manager-start',
  rounds: 3,
  params: { object: 'dict', payload: 'object', warm: 2, starts: 12, pauseMs: 200 },
  quick: { warm: 0, starts: 1, pauseMs: 20 },
  metrics: [
    { key: 'first', label: 'to the first answer', unit: 'ms', better: 'lower' },
    { key: 'over', label: 'more than an @mp Process that answers', unit: 'ms' },
    { key: 'stop', label: 'stop', unit: 'ms', better: 'lower' },
  ],
  baseline: NEAR,
  contenders: [
    near(),
    node('@mp Process that answers', 'ours/answer.mjs', { needs: '@mp/process' }),
    ...pythonUnix(),
    comlink(),
    capnweb(),
    ...redis(),
  ],
  targets: [{ goal: '≤ 15 ms more than a process', metric: 'over', contender: NEAR, atMost: 15 }],
};
