import { nearContext } from '../harness/far-side.mjs';
import { timedCalls } from '../harness/latency.mjs';
import { median } from '../harness/statistics.mjs';

/** One call at a time with a large argument. */
export default async function poolLarge(params) {
  const { near } = await import(`../${params.adapter}`);
  const pool = await near(nearContext(params));
  const metrics = {};
  for (const [key, { bytes, warm, calls }] of Object.entries(params.sizes)) {
    const argument = Buffer.alloc(bytes, 7);
    const call = async () => {
      if ((await pool.run(argument)) !== bytes + 14) throw new Error('The argument did not arrive');
    };
    await timedCalls(call, warm);
    metrics[key] = median(await timedCalls(call, calls));
  }
  await pool.close();
  return { metrics };
}
