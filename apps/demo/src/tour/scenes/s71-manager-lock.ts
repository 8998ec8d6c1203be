// Two processes count in one dict of a manager. Reading and writing are two calls, between which the other process may come: the
// lock of the manager prevents that. A task that runs in the server is one call, and needs no lock. What the article says of
// two kinds of locks is Python's: a Lock of @mp/lock is shared by itself, a manager's also by programs on other machines.
import { isMain, Manager, type RemoteBarrier, type RemoteDict, type RemoteLock, task } from '@mp/manager';
import { Process } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const ROUNDS = 100;

export const scene: Scene = {
  title: 'Lock and dict of a manager',
  seed: '1996',
  proof({ lines }) {
    prove('the lines', lines, [
      'without a lock: 100 of 200',
      'with the lock: 200 of 200',
      'by a task in the server: 200 of 200',
    ]);
  },
};

/** What two children have in common. */
interface Shared {
  d: RemoteDict<number>;
  lock: RemoteLock;
  together: RemoteBarrier;
}

/** Both processes read, and only then both of them write: each round loses one of two. */
export const countWithoutLock = task(import.meta, async ({ d, together }: Shared) => {
  for (let i = 0; i < ROUNDS; i++) {
    const count = await d.get('count');
    await together.wait();
    await d.set('count', count! + 1);
    await together.wait();
  }
});

export const countWithLock = task(import.meta, async ({ d, lock, together }: Shared) => {
  await together.wait();
  for (let i = 0; i < ROUNDS; i++)
    await lock.with(async () => {
      const count = await d.get('count');
      await d.set('count', count! + 1);
    });
});

export const increment = task(import.meta, (map: Map<string, number>) => {
  map.set('count', map.get('count')! + 1);
});

export const countInServer = task(import.meta, async ({ d, together }: Shared) => {
  await together.wait();
  for (let i = 0; i < ROUNDS; i++) await d.update(increment);
});

if (isMain(import.meta)) {
  const manager = await Manager.start();
  const shared: Shared = {
    d: await manager.dict<number>(),
    lock: await manager.lock(),
    together: await manager.barrier(2),
  };
  for (const [how, target] of [
    ['without a lock', countWithoutLock],
    ['with the lock', countWithLock],
    ['by a task in the server', countInServer],
  ] as const) {
    await shared.d.set('count', 0);
    const two = [1, 2].map(() => new Process({ target, args: [shared] }));
    for (const each of two) each.start();
    for (const each of two) await each.join();
    console.log(`${how}: ${await shared.d.get('count')} of ${2 * ROUNDS}`);
  }
  await manager.close();
}
