// 110 calls that do not block, each with a callback, which runs once, in the parent. All of them have run when the pool has
// ended.
import { threadId } from 'node:worker_threads';
import { isMain, Pool, task } from '@mp/pool';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const NUMBERS = [...Array(110).keys()];

export const scene: Scene = {
  title: '110 callbacks',
  seed: '1558–1586',
  proof({ lines }) {
    const calls = NUMBERS.map((i) => `call ${i}`);
    const callbacks = NUMBERS.map((i) => `callback ${i + 100}`);
    const wanted = [...calls, ...callbacks];
    prove('the lines, for processes and for threads', lines.sort(), [...wanted, ...wanted].sort());
  },
};

const whoAmI = `${process.pid}.${threadId}`;

export const f1 = task(import.meta, (i: number) => {
  print(`call ${i}`);
  return { value: i + 100, by: whoAmI };
});

if (isMain(import.meta)) {
  for (const kind of ['process', 'thread'] as const) {
    const parents = new Set<string>();
    const workers = new Set<string>();
    const f2 = ({ value, by }: ReturnType<typeof f1>) => {
      print(`callback ${value}`);
      parents.add(whoAmI);
      workers.add(by);
    };

    const pool = new Pool({ workers: 5, kind });
    for (const i of NUMBERS) pool.apply(f1, [i]).then(f2);
    pool.close();
    await pool.join();
    prove('where callbacks run', [...parents], [whoAmI]);
    prove('calls run elsewhere', workers.has(whoAmI), false);
  }
}
