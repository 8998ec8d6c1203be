// Two consumers wait for news of a producer. notifyAll() does not release the lock: the producer says its last word first.
// A wait() without the lock is a NotOwnerError, where Python has a RuntimeError.
import { Condition, Semaphore } from '@mp/lock';
import { isMain, Process, Thread, task } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Condition',
  seed: '421–471',
  proof({ lines }) {
    const program = [
      'consumer before wait',
      'consumer before wait',
      'producer before notifyAll',
      'producer after notifyAll',
      'consumer after wait',
      'consumer after wait',
    ];
    prove('the lines', lines, ['-- Thread', ...program, '-- Process', ...program]);
  },
};

export const consumer = task(import.meta, (cond: Condition, ready: Semaphore) =>
  cond.with(async () => {
    print('consumer before wait');
    // The lock is not free before this consumer waits, so the producer cannot be too early.
    ready.release();
    await cond.wait();
    print('consumer after wait');
  }),
);

export const producer = task(import.meta, (cond: Condition) =>
  cond.with(() => {
    print('producer before notifyAll');
    cond.notifyAll();
    print('producer after notifyAll');
  }),
);

if (isMain(import.meta)) {
  for (const Kind of [Thread, Process]) {
    print(`-- ${Kind.name}`);
    const [cond, ready] = [new Condition(), new Semaphore(0)];
    const c1 = new Kind({ name: 'c1', target: consumer, args: [cond, ready] });
    const c2 = new Kind({ name: 'c2', target: consumer, args: [cond, ready] });
    const p = new Kind({ name: 'p', target: producer, args: [cond] });
    c1.start();
    c2.start();
    await ready.acquire();
    await ready.acquire();
    p.start();
    for (const each of [c1, c2, p]) await each.join();
    const refusal = await cond.wait().catch((error: Error) => error.name);
    prove('a wait without the lock', refusal, 'NotOwnerError');
  }
}
