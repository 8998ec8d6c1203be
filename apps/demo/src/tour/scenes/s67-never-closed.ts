// A pool that nobody closes: an idle one does not keep its program, and its workers end with it.
import { isMain, Pool, task } from '@mp/pool';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'A pool that is never closed',
  seed: '1906–1927',
  proof({ lines }) {
    const squares = Array.from({ length: 100 }, (_, i) => (i + 1) ** 2).join(', ');
    prove('the lines', lines, [`process: [${squares}]`, `thread: [${squares}]`]);
  },
};

export const f = task(import.meta, (x: number) => x ** 2);

if (isMain(import.meta)) {
  const numbers = Array.from({ length: 100 }, (_, i) => i + 1);
  for (const kind of ['process', 'thread'] as const) {
    const pool = new Pool({ workers: 5, kind });
    const rel = await pool.map(f, numbers);
    console.log(`${kind}: [${rel.join(', ')}]`);
  }
}
