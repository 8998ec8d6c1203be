import { nearContext } from '../harness/far-side.mjs';
import { paced } from '../harness/pace.mjs';

/** Each of `works` again and again, by one process: what one operation takes. A contender may lack some. */
export default async function operations(params) {
  const { near } = await import(`../${params.adapter}`);
  const context = nearContext(params);
  const side = await near(context);
  const metrics = await measured(side, params);
  context.far?.end();
  await side.close?.();
  return { metrics };
}

/**
 * @param params `works`: names of the side's functions of a count; `warmOf`: for some of them another count to warm them;
 * `unitNs`: nanoseconds in the unit of the metrics
 */
export async function measured(side, { works, warm, warmOf = {}, seconds, unitNs = 1, options }) {
  const metrics = {};
  for (const work of works) {
    if (side[work] === undefined) continue;
    const most = options?.warmMost ?? Number.POSITIVE_INFINITY;
    const pace = { warm: Math.min(warmOf[work] ?? warm, most), seconds };
    const { count, ns } = await paced((turns) => side[work](turns), pace);
    metrics[work] = ns / count / unitNs;
  }
  return metrics;
}
