import { nearContext } from '../harness/far-side.mjs';
import { workersCpu } from '../harness/group-cpu.mjs';
import { paced } from '../harness/pace.mjs';

/** One map of a tiny task over many numbers, in chunks of the pool's own choice. */
export default async function poolMap(params) {
  const { near } = await import(`../${params.adapter}`);
  const pool = await near(nearContext(params));
  let before;
  const { count, ns, cpu } = await paced((numbers) => checked(pool, numbers), params, {
    prepare: (length) => Array.from({ length }, (_, index) => index),
    restarted: () => (before = workersCpu()),
  });
  const far = workersCpu() - before;
  await pool.close();
  return { metrics: { rate: (count / ns) * 1e9 }, cpu: { near: cpu / count, far: far / count } };
}

async function checked(pool, numbers) {
  const squares = await pool.map(numbers);
  const last = numbers.length - 1;
  if (squares.length !== numbers.length || squares[last] !== last * last) throw new Error('The map is wrong');
}
