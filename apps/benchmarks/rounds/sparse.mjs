import { nearContext } from '../harness/far-side.mjs';
import { blockingNap, timedCalls } from '../harness/latency.mjs';
import { message } from '../harness/payload.mjs';
import { quantile } from '../harness/statistics.mjs';

/** Single calls with pauses between them: in a fresh program first, and when it is warm. */
export default async function sparse(params) {
  const { near } = await import(`../${params.adapter}`);
  const context = nearContext(params);
  const side = await near(context);
  const { freshMs, pausesMs, calls, warm, payload } = params;
  await context.far.order('echo', warm + calls * (1 + pausesMs.length));
  const nap = side.blocks ? blockingNap : (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const call = (id) => side.call(message(payload, id));
  const median = async (pause) => quantile(await timedCalls(call, calls, () => nap(pause)), 0.5);
  const metrics = { fresh: await median(freshMs) };
  await timedCalls(call, warm);
  for (const pause of pausesMs) metrics[`warm${pause}`] = await median(pause);
  await context.far.report();
  context.far.end();
  await side.close();
  return { metrics };
}
