// The pool has ended when results are asked for, in the order of the calls. A later call takes less time than an earlier one.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMain, Pool, task } from '@mp/pool';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const KINDS = ['process', 'thread'] as const;
const NUMBERS = [...Array(10).keys()];

export const scene: Scene = {
  title: 'Results of calls',
  seed: '1285–1307',
  proof({ lines }) {
    for (const kind of KINDS) {
      const hellos = NUMBERS.flatMap((i) => Array<string>(3).fill(`hello ${i}`));
      prove(`what the tasks print, ${kind}`, lines.splice(0, 30).sort(), hellos);
      const results = NUMBERS.map((i) => `done hello ${i}`);
      prove(`the results, ${kind}`, lines.splice(0, 11), [...results, 'Sub-process(es) done.']);
    }
    prove('more lines', lines, []);
  },
};

export const func = task(import.meta, async (msg: string, ms: number) => {
  for (let i = 0; i < 3; i++) {
    print(msg);
    await sleep(ms);
  }
  return `done ${msg}`;
});

if (isMain(import.meta)) {
  for (const kind of KINDS) {
    const pool = new Pool({ workers: 4, kind });
    const results = NUMBERS.map((i) => pool.apply(func, [`hello ${i}`, 10 - i]));
    pool.close();
    await pool.join();
    for (const result of results) print(await result.get());
    print('Sub-process(es) done.');
  }
}
