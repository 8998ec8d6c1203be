import { nearContext } from '../harness/far-side.mjs';

/** Two processes acquire and release the same lock as fast as they can, for a fixed time. */
export default async function lockContended(params) {
  const { near } = await import(`../${params.adapter}`);
  const context = nearContext(params);
  const lock = await near(context);
  await context.startProcess();
  await both(context, lock, params.warmMs);
  const before = process.cpuUsage();
  const [mine, theirs, farCpu] = await both(context, lock, params.seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  context.far.end();
  lock.close();
  const total = mine.count + theirs.count;
  return {
    metrics: {
      rate: (mine.count / mine.ms + theirs.count / theirs.ms) * 1000,
      share: Math.min(mine.count, theirs.count) / total,
    },
    cpu: { near: (user + system) / mine.count, far: farCpu / theirs.count },
  };
}

async function both(context, lock, milliseconds) {
  await context.far.order('pairsFor', milliseconds);
  const mine = await lock.pairsFor(milliseconds);
  const { result, cpu } = await context.far.report();
  return [mine, result, cpu];
}
