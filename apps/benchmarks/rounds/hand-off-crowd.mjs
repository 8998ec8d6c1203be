import { nearContext, startFar } from '../harness/far-side.mjs';
import { blockingNap, latencies } from '../harness/latency.mjs';

/**
 * The near side frees what several processes wait for. The one that gets it frees something else, and for that the near
 * side waits: two hand-offs, one of them to one of many.
 */
export default async function handOffCrowd(params) {
  const { near } = await import(`../${params.adapter}`);
  const context = nearContext(params);
  const side = await near(context);
  const waiters = await Promise.all(
    Array.from({ length: params.waiters }, (_, number) => startFar(context, { role: 'waiter', number })),
  );
  for (const waiter of waiters) await waiter.order('echo');
  const { metrics, hotCpu } = await latencies(side.call, params, side.blocks ? blockingNap : undefined);
  side.end();
  for (const waiter of waiters) {
    await waiter.report();
    waiter.end();
  }
  side.close();
  return { metrics, cpu: { near: hotCpu } };
}
