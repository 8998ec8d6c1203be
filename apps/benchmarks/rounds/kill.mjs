import { setTimeout as pause } from 'node:timers/promises';
import { nearContext } from '../harness/far-side.mjs';
import { fateOf, settled, tally } from '../harness/fate.mjs';

/** Tasks that end the worker they run in, among others that do not: what becomes of both, and of the pool. */
export default async function kill(params) {
  const { near } = await import(`../${params.adapter}`);
  const { victims, running, queued, act, timeoutMs, settleMs = 0 } = params.scenario;
  const pool = await near(nearContext(params));
  const naps = (count, milliseconds) =>
    Array.from({ length: count }, () => fateOf(() => pool.run(['nap', milliseconds])));
  await settled(naps(2 * params.workers, 50), params.limitMs);

  const before = naps(running, 500);
  const hit = Array.from({ length: victims }, () =>
    fateOf(() => (timeoutMs !== undefined && pool.runFor ? pool.runFor(timeoutMs, act) : pool.run(act))),
  );
  if (settleMs > 0) await pause(settleMs);
  const others = [...before, ...naps(queued, 1)];
  await settled([...hit, ...others], params.limitMs);
  const found = { victims: tally(hit), others: tally(others) };

  const later = naps(2 * params.workers, 1);
  await settled(later, params.limitMs);
  const end = fateOf(() => pool.close());
  await settled([end], params.limitMs);
  return { ...found, later: tally(later), end: tally([end]) };
}
