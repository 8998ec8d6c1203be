// Ten calls that do not block, in a pool of four, of processes and then of threads. Four run at once, and never more: the
// first ones wait for the fourth, so that it is seen.
import { setTimeout as sleep } from 'node:timers/promises';
import { Event } from '@mp/lock';
import { isMain, Pool, task } from '@mp/pool';
import { Value } from '@mp/shared';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const KINDS = ['process', 'thread'] as const;

export const scene: Scene = {
  title: 'Calls that do not block',
  seed: '1230–1259',
  proof({ lines }) {
    const hellos = Array.from({ length: 10 }, (_, i) => Array<string>(3).fill(`hello ${i}`)).flat();
    for (const kind of KINDS) {
      const own = lines.splice(0, hellos.length + 1);
      prove(`the last line, ${kind}`, own.pop(), 'Sub-process(es) done.');
      prove(`the other lines, ${kind}`, own.sort(), hellos);
    }
    prove('more lines', lines, []);
  },
};

export const func = task(import.meta, async (msg: string, running: Value<'i'>, four: Event) => {
  const atOnce = running.add(1) + 1;
  if (atOnce === 4) four.set();
  await four.wait();
  for (let i = 0; i < 3; i++) {
    print(msg);
    await sleep(10);
  }
  running.sub(1);
  return atOnce;
});

if (isMain(import.meta)) {
  for (const kind of KINDS) {
    const [running, four] = [new Value('i'), new Event()];
    const pool = new Pool({ workers: 4, kind });
    const results = Array.from({ length: 10 }, (_, i) => pool.apply(func, [`hello ${i}`, running, four]));
    pool.close();
    await pool.join();
    prove(
      'results that are ready',
      results.map(({ ready, successful }) => ready && successful),
      Array<boolean>(10).fill(true),
    );
    prove('so many run at once', Math.max(...(await Promise.all(results))), 4);
    print('Sub-process(es) done.');
  }
}
