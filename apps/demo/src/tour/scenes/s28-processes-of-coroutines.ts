// Processes, each with several coroutines: they use all cores, and wait for many things at once. That all of them run at the
// same time is seen by a barrier, which no coroutine passes before the last is there; so all take as long as one.
import { Barrier } from '@mp/lock';
import { isMain, Pool, task } from '@mp/pool';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const [PROCESSES, COROUTINES] = [2, 4];

export const scene: Scene = {
  title: 'Processes of coroutines',
  seed: '699–700, 866–867',
  proof({ lines }) {
    prove('the lines', lines, [
      'process: 0.0 0.1 0.2 0.3 1.0 1.1 1.2 1.3',
      'thread: 0.0 0.1 0.2 0.3 1.0 1.1 1.2 1.3',
    ]);
  },
};

export const manyAtOnce = task(import.meta, (group: number, together: Barrier) => {
  const coroutine = async (_: unknown, index: number) => {
    await together.wait();
    return `${group}.${index}`;
  };
  return Promise.all(Array.from({ length: COROUTINES }, coroutine));
});

if (isMain(import.meta)) {
  for (const kind of ['process', 'thread'] as const) {
    const together = new Barrier(PROCESSES * COROUTINES);
    const pool = new Pool({ workers: PROCESSES, kind });
    const groups = Array.from({ length: PROCESSES }, (_, group) => pool.apply(manyAtOnce, [group, together]));
    console.log(`${kind}: ${(await Promise.all(groups)).flat().join(' ')}`);
    pool.close();
    await pool.join();
  }
}
