// map() reads all of its items before it has a result, whatever they come from. imap() reads a few ahead of the results that
// were taken, so its items may be endless. Python's imap() reads on to the end of them, and an endless source fills its memory.
import { isMain, Pool, task } from '@mp/pool';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'All items at once, or a few',
  seed: '1588–1596',
  proof({ lines }) {
    const wanted = (kind: string) => [
      `${kind}: map() has read 1000 of 1000 when it returns`,
      `${kind}: imap() has read at most 6 at its first result: true`,
    ];
    prove('the lines', lines, [...wanted('process'), ...wanted('thread')]);
  },
};

export const double = task(import.meta, (x: number) => 2 * x);

if (isMain(import.meta)) {
  for (const kind of ['process', 'thread'] as const) {
    const pool = new Pool({ workers: 2, kind });
    let read = 0;
    function* numbers(count: number) {
      for (let n = 0; n < count; n++) {
        read++;
        yield n;
      }
    }
    const result = pool.map(double, numbers(1000));
    console.log(`${kind}: map() has read ${read} of 1000 when it returns`);
    const doubles = await result;
    prove('the results of map()', [doubles.length, doubles.at(-1)], [1000, 1998]);

    read = 0;
    const first: number[] = [];
    for await (const x of pool.imap(double, numbers(Infinity), { buffer: 4 })) {
      if (first.length === 0)
        console.log(`${kind}: imap() has read at most 6 at its first result: ${read <= 6}`);
      if (first.push(x) === 3) break;
    }
    prove('the first results of imap()', first, [0, 2, 4]);
    pool.close();
    await pool.join();
  }
}
