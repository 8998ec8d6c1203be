import { nearContext } from '../harness/far-side.mjs';
import { blockingNap, latencies } from '../harness/latency.mjs';
import { message } from '../harness/payload.mjs';

/** The near side sends a message and takes the answer; the far side sends back what it gets. */
export default async function roundTrip(params) {
  const { near } = await import(`../${params.adapter}`);
  const context = nearContext(params);
  const side = await near(context);
  const { warm, hotCalls, coldCalls, payload } = params;
  await context.far.order('echo', warm + hotCalls + coldCalls);
  const { metrics, hotCpu } = await latencies(
    (id) => side.call(message(payload, id)),
    params,
    side.blocks ? blockingNap : undefined,
  );
  await context.far.report();
  context.far.end();
  await side.close();
  return { metrics, cpu: { near: hotCpu } };
}
