import { sweep } from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { cutAtEveryStore, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

leakCheck();

const CUT = new URL('./fixtures/cut-lock.mjs', import.meta.url);
let count = 0;
let lock: Lock;

beforeEach(() => {
  lock = new Lock({ name: `cut-${process.pid}-${count++}` });
});
afterEach(() => {
  sweep();
  expect(lock.unlink()).toBe(true);
});

/** Wherever an owner died, the lock is had, once, and works on. */
async function useOn(): Promise<boolean> {
  const first = await lock.acquire({ timeout: 20_000 });
  expect(lock.tryAcquire()).toBeUndefined();
  first.release();
  lock.acquireSync({ timeout: 20_000 }).release();
  const last = lock.tryAcquire();
  expect(last?.recovered).toBe(false);
  last?.release();
  expect(lock.locked).toBe(false);
  return first.recovered;
}

describe('killed after any store', () => {
  test.each(['acquire', 'async', 'try'])('of an acquire and release of a free lock (%s)', async (what) => {
    let abandoned = 0;
    let last = 0;
    const stores = await cutAtEveryStore(
      CUT,
      () => [lock.name as string, what],
      async ({ lines }) => {
        const wasLocked = lock.locked;
        const recovered = await useOn();
        expect(recovered).toBe(wasLocked);
        if (recovered) abandoned++;
        const token = Number(lines[0]?.split(' ')[1] ?? last + 1);
        expect(token).toBeGreaterThan(last);
        last = token;
      },
    );
    expect(stores).toBeGreaterThanOrEqual(3);
    expect(abandoned).toBeGreaterThan(0);
  });

  test.each(['acquire', 'async', 'try'])('of taking over the lock of a dead holder (%s)', async (what) => {
    let tookOver = 0;
    await cutAtEveryStore(
      CUT,
      async () => {
        const holder = spawnFixture(CUT, { args: [lock.name as string, 'release', '0'] });
        await holder.line();
        await holder.kill();
        expect(lock.locked).toBe(true);
        return [lock.name as string, what];
      },
      async ({ completed, lines }) => {
        if (completed) expect(lines[0]).toMatch(/true$/);
        if (lines.length > 0) tookOver++;
        await useOn();
      },
    );
    expect(tookOver).toBeGreaterThan(0);
  });

  test.each(['sync', 'async'])(
    'of a release while another waits (%s): that one has it, at the latest at its next look',
    async (how) => {
      const stores = await cutAtEveryStore(
        CUT,
        () => [lock.name as string, 'release'],
        () => useOn().then(() => {}),
        async (holder) => {
          expect(await holder.line()).toBe('held');
          const asking = how === 'async' ? lock.acquire({ timeout: 20_000 }) : undefined;
          holder.say('release');
          const guard = asking === undefined ? lock.acquireSync({ timeout: 20_000 }) : await asking;
          guard.release();
        },
      );
      expect(stores).toBeGreaterThan(3);
    },
  );
});
