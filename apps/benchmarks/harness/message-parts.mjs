import { node } from './contenders.mjs';

/**
 * A benchmark of what a message costs on its way, in one thread, with nobody waiting.
 *
 * @param what how the title calls the message
 * @param rivals parts of `rivals/message-parts.mjs`, by their names
 */
export function messageCost(what, { payload, warm, quickWarm, rivals }) {
  return {
    title: `What ${what} costs on its way, in one thread, with nobody waiting`,
    round: 'message-cost',
    rounds: 5,
    params: { payload, warm, seconds: 0.5 },
    quick: { warm: quickWarm, seconds: 0.02 },
    metrics: [{ key: 'message', label: 'a message', unit: 'ns', better: 'lower' }],
    baseline: '@mp Queue, put + get',
    contenders: [
      node('@mp Queue, put + get', 'ours/message-parts.mjs', { needs: '@mp/queue', part: 'queue' }),
      node('@mp, its coding alone', 'ours/message-parts.mjs', { needs: '@mp/serde', part: 'coding' }),
      ...Object.entries(rivals).map(([name, part]) =>
        node(name, 'rivals/message-parts.mjs', { needs: 'msgpackr', part }),
      ),
    ],
    targets: [],
  };
}
