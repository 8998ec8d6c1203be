import { nearContext } from '../harness/far-side.mjs';
import { latencies } from '../harness/latency.mjs';

/** One tiny task at a time. */
export default async function poolApply(params) {
  const { near } = await import(`../${params.adapter}`);
  const pool = await near(nearContext(params));
  const { metrics, hotCpu } = await latencies((number) => pool.run(number), params);
  await pool.close();
  return { metrics, cpu: { near: hotCpu } };
}
