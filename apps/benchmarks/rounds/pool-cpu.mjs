import { nearContext } from '../harness/far-side.mjs';
import { median } from '../harness/statistics.mjs';
import { burn } from '../harness/tasks.cjs';

/** A plain loop of this thread over tasks that keep a core busy, then a pool with the same tasks, several times in turn. */
export default async function poolCpu(params) {
  const { near } = await import(`../${params.adapter}`);
  const pool = await near(nearContext(params));
  const turns = turnsOf(params.taskMs);
  const plain = () => {
    for (let task = 0; task < params.tasks; task++) burn(turns);
  };
  const inPool = () => Promise.all(Array.from({ length: params.tasks }, () => pool.run(turns)));
  await inPool();
  const [plains, pooled] = [[], []];
  for (let turn = 0; turn < params.turns; turn++) {
    plains.push(await millis(plain));
    pooled.push(await millis(inPool));
  }
  await pool.close();
  const speedUp = median(plains.map((plainMs, turn) => plainMs / pooled[turn]));
  return { metrics: { speedUp, plain: median(plains), pool: median(pooled) } };
}

/** How many turns of the loop take so much CPU time here, once it is compiled. */
function turnsOf(milliseconds) {
  const [trials, turns] = [5, 5_000_000];
  let least = Infinity;
  for (let trial = 0; trial < trials; trial++) {
    const before = process.cpuUsage();
    burn(turns);
    least = Math.min(least, process.cpuUsage(before).user);
  }
  return Math.round((turns * milliseconds * 1000) / least);
}

async function millis(work) {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
