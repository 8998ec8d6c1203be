import { node } from '../harness/contenders.mjs';

export default {
  title: 'What a small object costs on its way, in one thread, with nobody waiting',
  round: 'message-cost',
  rounds: 5,
  params: { payload: 'object', warm: 20_000, seconds: 0.5 },
  quick: { warm: 500, seconds: 0.02 },
  metrics: [{ key: 'message', label: 'a message', unit: 'ns', better: 'lower' }],
  baseline: '@mp Queue, put + get',
  contenders: [
    node('@mp Queue, put + get', 'ours/message-parts.mjs', { needs: '@mp/queue', part: 'queue' }),
    node('@mp, its coding alone', 'ours/message-parts.mjs', { needs: '@mp/serde', part: 'coding' }),
    node('msgpackr pack + unpack', 'rivals/message-parts.mjs', { needs: 'msgpackr', part: 'msgpackr' }),
    node('JSON.stringify + parse', 'rivals/message-parts.mjs', { needs: 'msgpackr', part: 'json' }),
    node('v8.serialize + deserialize', 'rivals/message-parts.mjs', { needs: 'msgpackr', part: 'clone' }),
  ],
  targets: [],
};
