import { setTimeout as pause } from 'node:timers/promises';
import { nearContext } from '../harness/far-side.mjs';
import { median } from '../harness/statistics.mjs';

/** Pools one after the other: started, one task, stopped. */
export default async function poolStart(params) {
  const { near } = await import(`../${params.adapter}`);
  const [firsts, stops, alls] = [[], [], []];
  for (let index = 0; index < params.warm + params.starts; index++) {
    const begun = performance.now();
    const pool = await near(nearContext(params));
    if ((await pool.run(7)) !== 49) throw new Error('The first result is wrong');
    const answered = performance.now();
    await pool.close();
    const ended = performance.now();
    if (index >= params.warm) {
      firsts.push(answered - begun);
      stops.push(ended - answered);
      alls.push(ended - begun);
    }
    await pause(params.pauseMs);
  }
  return { metrics: { first: median(firsts), stop: median(stops), all: median(alls) } };
}
