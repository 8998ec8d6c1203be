import { nearContext } from '../harness/far-side.mjs';

/** Two or more processes acquire and release the same lock as fast as they can, for a fixed time. */
export default async function lockContended(params) {
  const { near } = await import(`../${params.adapter}`);
  const context = nearContext(params);
  const lock = await near(context);
  const fars = [];
  for (let count = 1; count < (params.processes ?? 2); count++) {
    await context.startProcess();
    fars.push(context.far);
  }
  await all(fars, lock, params.warmMs);
  const before = process.cpuUsage();
  const [mine, ...theirs] = await all(fars, lock, params.seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  for (const far of fars) far.end();
  await lock.close();
  const counts = [mine, ...theirs].map(({ result }) => result.count);
  const total = counts.reduce((sum, count) => sum + count);
  const far = { count: total - counts[0], cpu: theirs.reduce((sum, { cpu }) => sum + cpu, 0) };
  return {
    metrics: {
      rate: [mine, ...theirs].reduce((sum, { result }) => sum + (result.count / result.ms) * 1000, 0),
      share: (Math.min(...counts) * counts.length) / total,
    },
    cpu: { near: (user + system) / counts[0], far: far.cpu / far.count },
  };
}

async function all(fars, lock, milliseconds) {
  for (const far of fars) await far.order('pairsFor', milliseconds);
  const result = await lock.pairsFor(milliseconds);
  return [{ result }, ...(await Promise.all(fars.map((far) => far.report())))];
}
