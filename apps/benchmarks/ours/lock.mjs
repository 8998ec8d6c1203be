import { Lock } from '@mp/lock';

/** How many pairs between two looks at the clock. */
const STRIDE = 32;

/** @param options `mode`: 'sync' or 'await' */
export function near({ address, options }) {
  const lock = new Lock({ name: address });
  const pairs = options.mode === 'sync' ? syncPairs : awaitedPairs;
  return {
    pairs: (count) => pairs(lock, count),
    pairsFor: options.mode === 'sync' ? (ms) => syncFor(lock, ms) : (ms) => awaitedFor(lock, ms),
    close: () => lock.unlink(),
  };
}

export const far = near;

function syncPairs(lock, count) {
  for (let index = 0; index < count; index++) lock.acquireSync().release();
}

async function awaitedPairs(lock, count) {
  for (let index = 0; index < count; index++) (await lock.acquire()).release();
}

function syncFor(lock, milliseconds) {
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < milliseconds) {
    syncPairs(lock, STRIDE);
    count += STRIDE;
  }
  return { count, ms: performance.now() - start };
}

async function awaitedFor(lock, milliseconds) {
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < milliseconds) {
    await awaitedPairs(lock, STRIDE);
    count += STRIDE;
  }
  return { count, ms: performance.now() - start };
}
