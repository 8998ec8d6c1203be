import { setTimeout as pause } from 'node:timers/promises';
import { nearContext } from '../harness/far-side.mjs';
import { keyOf } from '../harness/map-store.mjs';
import { median } from '../harness/statistics.mjs';
import { answered } from '../ours/answer.mjs';

/**
 * Servers one after the other: started, one dict made and asked, stopped. Before each, a process that only sends an
 * answer, so that both meet the machine in the same mood.
 */
export default async function managerStart(params) {
  const { near } = await import(`../${params.adapter}`);
  const [firsts, over, stops] = [[], [], []];
  for (let index = 0; index < params.warm + params.starts; index++) {
    const context = nearContext(params);
    context.address += `-${index}`;
    const bare = await answered();
    await pause(params.pauseMs);
    const begun = performance.now();
    const client = await near(context);
    await (client.get ? client.get(keyOf(0)) : client.ask());
    const first = performance.now() - begun;
    const stopped = performance.now();
    await client.close();
    if (index >= params.warm) {
      firsts.push(first);
      over.push(first - bare);
      stops.push(performance.now() - stopped);
    }
    await pause(params.pauseMs);
  }
  return { metrics: { first: median(firsts), over: median(over), stop: median(stops) } };
}
