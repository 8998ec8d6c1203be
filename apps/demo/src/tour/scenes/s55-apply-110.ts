// 110 calls that block, one after the other. The article says that Python 3 has no apply() any more; it has, and it is
// applySync() here.
import { isMain, Pool, task } from '@mp/pool';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const NUMBERS = [...Array(110).keys()];

export const scene: Scene = {
  title: '110 calls that block',
  seed: '1532–1556',
  proof: ({ lines }) => prove('the lines', lines, [...NUMBERS, ...NUMBERS].map(String)),
};

export const f1 = task(import.meta, (arg: number) => {
  print(arg);
  return arg + 100;
});

if (isMain(import.meta)) {
  for (const kind of ['process', 'thread'] as const) {
    const pool = new Pool({ workers: 5, kind });
    const results = NUMBERS.map((i) => pool.applySync(f1, [i]));
    prove(
      'the results',
      results,
      NUMBERS.map((i) => i + 100),
    );
    pool.close();
    await pool.join();
  }
}
