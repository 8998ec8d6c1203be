// An RLock that its owner acquires twice. It is free when it was released as often; another thread sees that.
import { Barrier, RLock } from '@mp/lock';
import { isMain, Process, Thread, task } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const RELEASES = [0, 1, 2];

export const scene: Scene = {
  title: 'An RLock acquired twice',
  seed: '386–392',
  proof({ lines }) {
    const seen = RELEASES.map((count) => `released ${count} times, the other can acquire: ${count === 2}`);
    prove('the lines', lines, ['-- Thread', ...seen, '-- Process', ...seen]);
  },
};

export const other = task(import.meta, async (rLock: RLock, step: Barrier) => {
  for (const count of RELEASES) {
    await step.wait();
    const guard = rLock.tryAcquire();
    print(`released ${count} times, the other can acquire: ${guard !== undefined}`);
    guard?.release();
    await step.wait();
  }
});

if (isMain(import.meta)) {
  for (const Kind of [Thread, Process]) {
    print(`-- ${Kind.name}`);
    const [rLock, step] = [new RLock(), new Barrier(2)];
    rLock.acquireSync();
    rLock.acquireSync();
    const child = new Kind({ target: other, args: [rLock, step] });
    child.start();
    for (const count of RELEASES) {
      if (count > 0) rLock.release();
      // The other one tries between the two.
      await step.wait();
      await step.wait();
    }
    await child.join();
  }
}
