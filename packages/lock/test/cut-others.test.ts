import { BODY, Segment, sweep } from '@mp/core/internal';
import { Condition, RWLock } from '@mp/lock';
import { cutAtEveryStore, eventually, freshName, LIMIT_MS, leakCheck, spawnFixture } from '@mp/testing';
import { describe, expect, test } from 'vitest';

leakCheck();

const CUT = new URL('./fixtures/cut-others.mjs', import.meta.url);
/** Words of an RWLock: see docs/memory-layout.md. */
const [LOCK, WRITING] = [BODY, BODY + 8];

/** It only ends what hangs, also on an emulated processor. */
const TIMEOUT = { timeout: LIMIT_MS / 10 };

describe('an RWLock whose user is killed after any store', () => {
  /** Wherever an owner died, it is read and written, by one at a time. @returns whether a writer was told */
  async function useOn(rw: RWLock): Promise<boolean> {
    const [one, two] = [await rw.read(TIMEOUT), rw.readSync(TIMEOUT)];
    expect([rw.readers >= 2, rw.tryWrite()]).toEqual([true, undefined]);
    for (const read of [one, two]) read.release();
    const write = await rw.write(TIMEOUT);
    expect([rw.readers, rw.tryRead()]).toEqual([0, undefined]);
    const { recovered } = write;
    expect(one.recovered).toBe(recovered);
    write.release();
    const last = rw.writeSync(TIMEOUT);
    expect(last.recovered).toBe(false);
    last.release();
    return recovered;
  }

  test.each(['read', 'write', 'writeLater'])('of a %s of a free one', async (what) => {
    const rw = new RWLock({ name: freshName() });
    let told = 0;
    const stores = await cutAtEveryStore(
      CUT,
      () => [rw.name as string, what],
      async ({ lines, completed }) => {
        if (lines.length > 0) expect(lines).toEqual(['got false']);
        const recovered = await useOn(rw);
        if (completed || what === 'read') expect(recovered).toBe(false);
        if (recovered) told++;
      },
    );
    expect(stores).toBeGreaterThanOrEqual(4);
    expect(told > 0).toBe(what !== 'read');
    sweep();
    expect(rw.unlink()).toBe(true);
  });

  test('of a read that follows a dead writer: it is told until a writer has ended', async () => {
    const rw = new RWLock({ name: freshName() });
    const segment = Segment.attach(`n-${rw.name}`, 'rwlock', 1);
    const { words } = segment;
    const doomed = spawnFixture(CUT, { args: [rw.name as string, 'writeAndDie', '0'] });
    expect((await doomed.exited).signal).toBe('SIGKILL');
    const [dead, isWriting] = [words[LOCK], words[WRITING]];
    await cutAtEveryStore(
      CUT,
      () => {
        [words[LOCK], words[WRITING]] = [dead, isWriting];
        expect(rw.holder?.alive).toBe(false);
        return [rw.name as string, 'read'];
      },
      async ({ lines }) => {
        if (lines.length > 0) expect(lines).toEqual(['got true']);
        expect(await useOn(rw)).toBe(true);
      },
    );
    segment.close();
    sweep();
    expect(rw.unlink()).toBe(true);
  });
});

describe('a Condition whose user is killed after any store', () => {
  test.each(['wait', 'waitLater'])('of a %s: another waiter is not left without news', async (what) => {
    const cond = new Condition(undefined, { name: freshName() });
    let early = 0;
    const stores = await cutAtEveryStore(
      CUT,
      () => [cond.name as string, what],
      async ({ completed, lines }) => {
        if (completed) expect(lines).toEqual(['true']);
        expect(cond.lock.tryAcquire()?.release()).toBeUndefined();
      },
      async (fixture) => {
        let isDead = false;
        void fixture.exited.then(() => {
          isDead = true;
        });
        await eventually('it waits, or is dead', () => isDead || cond.waiting > 0);
        let [isWaiting, isNotified] = [false, false];
        const other = cond.with(async () => {
          const wait = cond.wait(TIMEOUT);
          // Not seen from `waiting`: that counts the ticket of the dead one, too.
          isWaiting = true;
          isNotified = await wait;
          return isNotified;
        }, TIMEOUT);
        await eventually('the other one waits', () => isWaiting);
        const wasDead = isDead;
        await cond.with(() => cond.notify(), TIMEOUT);
        if (wasDead) {
          early++;
          expect(await other).toBe(true);
        }
        await fixture.exited;
        // It may have received that notification before it died.
        await eventually('another one is notified', async () => {
          if (!isNotified) await cond.with(() => cond.notify(), TIMEOUT);
          return isNotified;
        });
        await other;
      },
    );
    expect(stores).toBeGreaterThan(10);
    expect(early).toBeGreaterThan(3);
    sweep();
    expect(cond.unlink()).toBe(true);
  });

  test('of a notify(1): one is notified at most, and exactly one when it got through', async () => {
    const cond = new Condition(undefined, { name: freshName() });
    let waits: Promise<boolean>[] = [];
    let notified = 0;
    await cutAtEveryStore(
      CUT,
      async () => {
        notified = 0;
        waits = [1, 2].map(async () => {
          const answer = await cond.with(() => cond.wait(TIMEOUT));
          notified++;
          return answer;
        });
        await eventually('both wait', () => cond.waiting === 2);
        return [cond.name as string, 'notify'];
      },
      async ({ completed }) => {
        // Nobody is on the way when both, or the one that is left, wait and the lock is free.
        await eventually(
          'it was settled',
          () => cond.waiting + notified === 2 && cond.lock.tryAcquire()?.release() === undefined,
        );
        expect(notified).toBeLessThanOrEqual(1);
        if (completed) expect(notified).toBe(1);
        await cond.with(() => cond.notifyAll(), TIMEOUT);
        expect(await Promise.all(waits)).toEqual([true, true]);
      },
    );
    sweep();
    expect(cond.unlink()).toBe(true);
  });
});
