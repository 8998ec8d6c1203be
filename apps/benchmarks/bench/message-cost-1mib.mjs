import { node } from '../harness/contenders.mjs';

export default {
  title: 'What a buffer of 1 MiB costs on its way, in one thread, with nobody waiting',
  round: 'message-cost',
  rounds: 5,
  params: { payload: 'bytes', warm: 64, seconds: 0.5 },
  quick: { warm: 4, seconds: 0.02 },
  metrics: [{ key: 'message', label: 'a message', unit: 'ns', better: 'lower' }],
  baseline: '@mp Queue, put + get',
  contenders: [
    node('@mp Queue, put + get', 'ours/message-parts.mjs', { needs: '@mp/queue', part: 'queue' }),
    node('@mp, its coding alone', 'ours/message-parts.mjs', { needs: '@mp/serde', part: 'coding' }),
    node('copied in and out', 'rivals/message-parts.mjs', { needs: 'msgpackr', part: 'copies' }),
    node('v8.serialize + deserialize', 'rivals/message-parts.mjs', { needs: 'msgpackr', part: 'clone' }),
  ],
  targets: [],
};
