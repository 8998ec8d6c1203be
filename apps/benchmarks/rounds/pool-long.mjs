import { setTimeout as pause } from 'node:timers/promises';
import { nearContext } from '../harness/far-side.mjs';
import { treeMemory } from '../harness/group-memory.mjs';
import { inFlight } from '../harness/in-flight.mjs';

/** A pool that lives for many tasks and replaces its workers on the way. */
export default async function poolLong(params) {
  const { near } = await import(`../${params.adapter}`);
  const pool = await near(nearContext(params));
  const places = new Set();
  let longest = 0;
  const call = async () => {
    const begun = performance.now();
    places.add(await pool.run());
    longest = Math.max(longest, performance.now() - begun);
  };
  const settled = async () => {
    await pause(params.settleMs);
    return treeMemory();
  };
  const warm = Math.round(params.tasks / 10);
  await inFlight(warm, params.inFlight, call);
  const before = await settled();
  longest = 0;
  const tasks = params.tasks - warm;
  const begun = performance.now();
  await inFlight(tasks, params.inFlight, call);
  const rate = (tasks / (performance.now() - begun)) * 1000;
  const growth = ((await settled()) - before) / 2 ** 20;
  await pool.close();
  return { metrics: { rate, longest, workers: places.size, growth } };
}
