import { nearContext } from '../harness/far-side.mjs';
import { paced } from '../harness/pace.mjs';

/** The far side connects and closes `count` times, the near side accepts and closes. */
export default async function connect(params) {
  const { near } = await import(`../${params.adapter}`);
  const context = nearContext(params);
  const side = await near(context);
  let farCpu;
  const { count, ns, cpu } = await paced(async (connections) => {
    await context.far.order('connect', connections);
    await side.accept(connections);
    farCpu = (await context.far.report()).cpu;
  }, params);
  context.far.end();
  side.close();
  return { metrics: { rate: (count / ns) * 1e9 }, cpu: { near: cpu / count, far: farCpu / count } };
}
