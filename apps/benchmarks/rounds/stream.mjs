import { nearContext } from '../harness/far-side.mjs';
import { paced } from '../harness/pace.mjs';
import { isLarge, sizeOf } from '../harness/payload.mjs';

/** The far side sends `count` messages, the near side takes them: the time from the order to the last message. */
export default async function stream(params) {
  const { near } = await import(`../${params.adapter}`);
  const context = nearContext(params);
  const side = await near(context);
  let farCpu;
  const { count, ns, cpu } = await paced(async (messages) => {
    await context.far.order('fill', messages);
    await side.drain(messages);
    farCpu = (await context.far.report()).cpu;
  }, params);
  context.far.end();
  await side.close();
  const metrics = { rate: (count / ns) * 1e9 };
  if (isLarge(params.payload)) metrics.rate *= sizeOf(params.payload) / 2 ** 30;
  return { metrics, cpu: { near: cpu / count, far: farCpu === undefined ? undefined : farCpu / count } };
}
