// A Lock that its holder acquires again: it waits for itself. With a timeout that ends by an error, where Python answers
// False; without one, a wait that blocks the thread is refused, as it could never end. Python hangs.
import { Lock } from '@mp/lock';
import { isMain } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'A Lock acquired twice',
  seed: '379–385',
  proof({ lines }) {
    prove('the lines', lines, ['first: true', 'second, within 100 ms: false', 'second: DeadlockError']);
  },
};

if (isMain(import.meta)) {
  const lock = new Lock();
  const held = lock.acquireSync();
  console.log(`first: ${lock.locked}`);
  const second = await lock.acquire({ timeout: 100 }).catch((error: Error) => error);
  console.log(`second, within 100 ms: ${!(second instanceof Error)}`);
  prove('its error', second instanceof Error && second.name, 'TimeoutError');
  try {
    lock.acquireSync();
  } catch (error) {
    console.log(`second: ${(error as Error).name}`);
  }
  held.release();
  prove('it is free', lock.locked, false);
}
