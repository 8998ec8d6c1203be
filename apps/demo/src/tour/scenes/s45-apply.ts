// Calls that block: one task after the other, though there are three workers. Each takes a fiftieth of a second instead of
// the three of the article.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMain, Pool, task } from '@mp/pool';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const MS = 20;

export const scene: Scene = {
  title: 'Calls that block',
  seed: '1261–1282',
  proof({ lines }) {
    const pairs = [0, 1, 2, 3].flatMap((i) => [`msg: hello ${i}`, 'end']);
    const wanted = [...pairs, 'Mark~ Mark~ Mark~', 'Sub-process(es) done.'];
    prove('the lines, for processes and for threads', lines, [...wanted, ...wanted]);
  },
};

export const func = task(import.meta, async (msg: string) => {
  print(`msg: ${msg}`);
  await sleep(MS);
  print('end');
});

if (isMain(import.meta)) {
  for (const kind of ['process', 'thread'] as const) {
    const pool = new Pool({ workers: 3, kind });
    const since = performance.now();
    for (let i = 0; i < 4; i++) pool.applySync(func, [`hello ${i}`]);
    // Each timer may be early by a millisecond.
    prove('the times add up', performance.now() - since >= 4 * (MS - 1), true);

    print('Mark~ Mark~ Mark~');
    pool.close();
    await pool.join();
    print('Sub-process(es) done.');
  }
}
