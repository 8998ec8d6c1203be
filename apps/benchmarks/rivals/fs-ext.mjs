import { closeSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flockSync } from 'fs-ext';

/** flock(2) on a file: two system calls a pair, and the thread sleeps in the kernel. */
export function near({ address }) {
  const side = far({ address });
  return { ...side, close: () => side.end(true) };
}

export function far({ address }) {
  const path = join(tmpdir(), `${address}-flock`);
  const file = openSync(path, 'w');
  const pairs = (count) => {
    for (let index = 0; index < count; index++) {
      flockSync(file, 'ex');
      flockSync(file, 'un');
    }
  };
  return {
    pairs,
    async take() {
      flockSync(file, 'ex');
      return () => flockSync(file, 'un');
    },
    pairsFor(milliseconds) {
      const start = performance.now();
      let count = 0;
      for (; performance.now() - start < milliseconds; count += 8) pairs(8);
      return { count, ms: performance.now() - start };
    },
    end(remove) {
      closeSync(file);
      if (remove) rmSync(path, { force: true });
    },
  };
}

/** Takes the lock for good. */
export async function hold(address) {
  flockSync(openSync(join(tmpdir(), `${address}-flock`), 'w'), 'ex');
}
