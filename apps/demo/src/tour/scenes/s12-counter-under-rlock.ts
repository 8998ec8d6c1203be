// Ten threads count up one number, each under a lock: 1 to 10, in order. A variable is not shared by threads here, as each
// has its own copy of a module; a Value is.
import { setTimeout as sleep } from 'node:timers/promises';
import { RLock } from '@mp/lock';
import { isMain, Process, Thread, task } from '@mp/process';
import { Value } from '@mp/shared';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'A counter under an RLock',
  seed: '354–372',
  proof({ lines }) {
    const numbers = Array.from({ length: 10 }, (_, index) => String(index + 1));
    prove('the lines', lines, ['-- Thread', ...numbers, '-- Process', ...numbers]);
  },
};

export const func = task(import.meta, (lock: RLock, globalsNum: Value<'i'>) =>
  lock.with(async () => {
    globalsNum.value += 1;
    await sleep(10);
    print(globalsNum.value);
  }),
);

if (isMain(import.meta)) {
  for (const Kind of [Thread, Process]) {
    print(`-- ${Kind.name}`);
    const [lock, globalsNum] = [new RLock(), new Value('i', 0)];
    const ten = Array.from({ length: 10 }, () => new Kind({ target: func, args: [lock, globalsNum] }));
    for (const each of ten) each.start();
    for (const each of ten) await each.join();
  }
}
