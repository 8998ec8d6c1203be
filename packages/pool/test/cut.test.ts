import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cutAtEveryStore, eventually, isRunning, LIMIT_MS, leakCheck } from '@mp/testing';
import { afterAll, expect, it } from 'vitest';

leakCheck();

const folder = mkdtempSync(join(tmpdir(), 'mp-pool-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each(['runs', 'skips'])(
  'a worker that is killed after any of its stores, as it %s jobs',
  async (scene) => {
    let run = 0;
    const stores = await cutAtEveryStore(
      new URL('fixtures/cut-worker.mjs', import.meta.url),
      () => [scene, join(folder, `${scene}-${++run}`)],
      ({ store, completed, lines }) => {
        const [{ failed, answered, ran, usable, joined }] = lines.map((line) => JSON.parse(line));
        const what = `killed after store ${store}: ${lines.join(' ')}`;
        const lost = usable === 9 ? failed.length : failed.length + 1;
        expect(failed, what).toEqual(failed.map(() => 'ERR_MP_WORKER_DIED'));
        expect(lost, what).toBeLessThanOrEqual(completed ? 0 : 1);
        expect(new Set(ran).size, what).toBe(ran.length);
        expect(ran, what).toEqual(expect.arrayContaining(answered));
        expect(answered.length, what).toBeGreaterThanOrEqual((scene === 'runs' ? 1 : 4) - failed.length);
        expect(joined, what).toBe(true);
      },
    );
    // With fewer stores, the copies did not count them.
    expect(stores).toBeGreaterThan(8);
  },
);

it('a pool whose process is killed after any of its stores leaves no worker', {
  timeout: 2 * LIMIT_MS,
}, async () => {
  let run = 0;
  const stores = await cutAtEveryStore(
    new URL('fixtures/cut-pool.mjs', import.meta.url),
    () => [join(folder, `pool-${++run}`)],
    async ({ store, lines }) => {
      const [pids] = lines.map((line) => JSON.parse(line)) as [number[]];
      expect(pids, `killed after store ${store}`).toHaveLength(2);
      await eventually('the workers are gone', () => !pids.some((pid) => isRunning(pid)));
    },
  );
  expect(stores).toBeGreaterThan(8);
});
