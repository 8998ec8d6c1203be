// Six tasks one after the other, and in a pool of five: in the pool five have begun when the first of them ends, so that six
// take as long as two. The results have the order of their numbers; the article says that their order is not defined.
import { setTimeout as sleep } from 'node:timers/promises';
import { Event } from '@mp/lock';
import { isMain, Pool, task } from '@mp/pool';
import { Value } from '@mp/shared';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Six squares',
  seed: '1598–1649',
  proof({ lines }) {
    const squares = '[1, 4, 9, 16, 25, 36]';
    prove('the lines', lines, [
      `one after the other: ${squares}, begun when the first ended: 1`,
      `in a pool of kind process: ${squares}, begun when the first ended: 5`,
      `in a pool of kind thread: ${squares}, begun when the first ended: 5`,
    ]);
  },
};

/** What tells a task how many have begun, and when as many have as can run at the same time. */
interface Start {
  begun: Value<'i'>;
  most: number;
  all: Event;
}

export const run = task(import.meta, async (n: number, { begun, most, all }: Start) => {
  if (begun.add(1) + 1 === most) all.set();
  await all.wait();
  await sleep(50);
  return { square: n * n, begun: begun.value };
});

function show(how: string, results: { square: number; begun: number }[]): void {
  const squares = results.map(({ square }) => square).join(', ');
  const first = Math.min(...results.map(({ begun }) => begun));
  console.log(`${how}: [${squares}], begun when the first ended: ${first}`);
}

if (isMain(import.meta)) {
  const numbers = [1, 2, 3, 4, 5, 6];
  const startOf = (most: number): Start => ({ begun: new Value('i'), most, all: new Event() });

  const alone = startOf(1);
  const results: Awaited<ReturnType<typeof run>>[] = [];
  for (const n of numbers) results.push(await run(n, alone));
  show('one after the other', results);

  for (const kind of ['process', 'thread'] as const) {
    const pool = new Pool({ workers: 5, kind });
    const five = startOf(5);
    const squares = await pool.starmap(
      run,
      numbers.map((n) => [n, five] as const),
    );
    show(`in a pool of kind ${kind}`, squares);
    pool.close();
    await pool.join();
  }
}
