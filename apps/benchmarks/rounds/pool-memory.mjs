import { setTimeout as pause } from 'node:timers/promises';
import { nearContext } from '../harness/far-side.mjs';
import { treeMemory } from '../harness/group-memory.mjs';

const MIB = 2 ** 20;

/** What this program and all below it take more with a pool whose workers have all worked once and are idle. */
export default async function poolMemory(params) {
  const { near } = await import(`../${params.adapter}`);
  const before = treeMemory();
  const pool = await near(nearContext(params));
  await Promise.all(Array.from({ length: 2 * params.workers }, () => pool.run(params.napMs)));
  await pause(params.settleMs);
  const after = treeMemory();
  await pool.close();
  return { metrics: { worker: (after - before) / params.workers / MIB, all: after / MIB } };
}
