import { nearContext } from '../harness/far-side.mjs';
import { paced } from '../harness/pace.mjs';

/** Acquire and release, again and again, by the only user of the lock. */
export default async function lockFree(params) {
  const { near } = await import(`../${params.adapter}`);
  const lock = await near(nearContext(params));
  const { count, ns, cpu } = await paced((pairs) => lock.pairs(pairs), {
    ...params,
    warm: Math.min(params.warm, params.options?.warmMost ?? Number.POSITIVE_INFINITY),
  });
  lock.close();
  return { metrics: { pair: ns / count }, cpu: { near: cpu / count } };
}
