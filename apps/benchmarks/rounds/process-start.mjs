import { setTimeout as pause } from 'node:timers/promises';
import { nearContext } from '../harness/far-side.mjs';
import { treeMemory } from '../harness/group-memory.mjs';
import { median } from '../harness/statistics.mjs';
import { near as nearNode } from '../rivals/start-node.mjs';

/**
 * Children that do nothing, one after the other; before each, `node` by itself on an empty file, so that both meet the
 * machine in the same mood. Then the memory of some that do nothing for long.
 */
export default async function processStart(params) {
  const { near } = await import(`../${params.adapter}`);
  const contender = await near(nearContext(params));
  const bareNode = nearNode({ options: { how: 'spawn' } });
  for (let index = 0; index < params.warm; index++) {
    await contender.startAndJoin();
    await pause(params.pauseMs);
  }
  const [starts, joins, over] = [[], [], []];
  const before = process.cpuUsage();
  for (let index = 0; index < params.starts; index++) {
    const bare = await timed(bareNode);
    await pause(params.pauseMs);
    const { started, joined } = await timed(contender);
    starts.push(started);
    joins.push(joined);
    over.push(joined - bare.joined);
    await pause(params.pauseMs);
  }
  const { user, system } = process.cpuUsage(before);
  const metrics = { join: median(joins), over: median(over), start: median(starts) };
  if (!params.options.spares) metrics.memory = await memory(contender, params);
  await contender.close?.();
  return { metrics, cpu: { near: (user + system) / params.starts } };
}

/** Milliseconds until the start has returned, and until the end. */
async function timed({ startAndJoin }) {
  const begun = performance.now();
  const ended = startAndJoin();
  const started = performance.now() - begun;
  await ended;
  return { started, joined: performance.now() - begun };
}

/** What one idle child adds to the memory of this process and all below it, in MiB. */
async function memory(contender, { idle, settleMs }) {
  const before = treeMemory();
  const end = contender.idle(idle);
  await pause(settleMs);
  const after = treeMemory();
  await end();
  return (after - before) / idle / 2 ** 20;
}
