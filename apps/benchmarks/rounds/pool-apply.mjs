import { nearContext } from '../harness/far-side.mjs';
import { blockingNap, latencies } from '../harness/latency.mjs';

/** One tiny task at a time. */
export default async function poolApply(params) {
  const { near } = await import(`../${params.adapter}`);
  const pool = await near(nearContext(params));
  const { metrics, hotCpu, coldCpu } = await latencies(
    (number) => pool.run(number),
    params,
    pool.blocks ? blockingNap : undefined,
  );
  await pool.close();
  return { metrics, cpu: { near: hotCpu ?? coldCpu } };
}
