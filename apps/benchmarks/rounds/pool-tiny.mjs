import { nearContext } from '../harness/far-side.mjs';
import { workersCpu } from '../harness/group-cpu.mjs';
import { inFlight } from '../harness/in-flight.mjs';
import { paced } from '../harness/pace.mjs';

/** Tasks that take no time, a fixed number of them in flight: what is left is the cost of the pool. */
export default async function poolTiny(params) {
  const { near } = await import(`../${params.adapter}`);
  const pool = await near(nearContext(params));
  const call = async (number) => {
    const square = await pool.run(number);
    if (square !== number * number) throw new Error(`The square of ${number} is not ${square}`);
  };
  let before;
  const { count, ns, cpu } = await paced((tasks) => inFlight(tasks, params.inFlight, call), params, {
    restarted: () => (before = workersCpu()),
  });
  const far = workersCpu() - before;
  await pool.close();
  return { metrics: { rate: (count / ns) * 1e9 }, cpu: { near: cpu / count, far: far / count } };
}
