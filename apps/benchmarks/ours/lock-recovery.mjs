import { Lock } from '@mp/lock';

/** @param options `mode`: how the waiter waits */
export function near({ address, options }) {
  const lock = new Lock({ name: address });
  return {
    async take() {
      const guard = options.mode === 'sync' ? lock.acquireSync() : await lock.acquire();
      if (!guard.recovered) throw new Error('The lock was free before its holder died');
      return () => guard.release();
    },
    close: () => lock.unlink(),
  };
}

/** Takes the lock for good. */
export async function hold(address) {
  new Lock({ name: address }).acquireSync();
}
