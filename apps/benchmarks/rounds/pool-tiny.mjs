import { nearContext } from '../harness/far-side.mjs';
import { workersCpu } from '../harness/group-cpu.mjs';
import { paced } from '../harness/pace.mjs';

/** Tasks that take no time, a fixed number of them in flight: what is left is the cost of the pool. */
export default async function poolTiny(params) {
  const { near } = await import(`../${params.adapter}`);
  const pool = await near(nearContext(params));
  let before;
  const { count, ns, cpu } = await paced((tasks) => inFlight(pool, tasks, params.inFlight), params, {
    restarted: () => (before = workersCpu()),
  });
  const far = workersCpu() - before;
  await pool.close();
  return { metrics: { rate: (count / ns) * 1e9 }, cpu: { near: cpu / count, far: far / count } };
}

async function inFlight(pool, tasks, lanes) {
  let next = 0;
  const lane = async () => {
    while (next < tasks) {
      const number = next++;
      const square = await pool.run(number);
      if (square !== number * number) throw new Error(`The square of ${number} is not ${square}`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
