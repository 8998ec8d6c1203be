import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import lockfile from 'proper-lockfile';

/** A lock as a directory beside a file; a process that finds it there tries again after a while. */
export function near({ address }) {
  const file = join(tmpdir(), `${address}-lockfile`);
  writeFileSync(file, '');
  return { ...far({ address }), close: () => rmSync(file, { force: true }) };
}

export function far({ address }) {
  const file = join(tmpdir(), `${address}-lockfile`);
  const pair = async () => {
    const release = await lockfile.lock(file, {
      retries: { retries: 10_000, factor: 1, minTimeout: 1, maxTimeout: 1 },
    });
    await release();
  };
  return {
    async pairs(count) {
      for (let index = 0; index < count; index++) await pair();
    },
    async pairsFor(milliseconds) {
      const start = performance.now();
      let count = 0;
      for (; performance.now() - start < milliseconds; count++) await pair();
      return { count, ms: performance.now() - start };
    },
  };
}
