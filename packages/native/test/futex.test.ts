import { backend, create, detach, futexWait, futexWake, LOCK_SHARED, REMOVE_WHEN_LAST } from '@mp/native';
import { eventually, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fresh } from './place.ts';

leakCheck();

let path: string;
let buffer: ArrayBuffer;
let words: Int32Array;

beforeEach(() => {
  path = fresh();
  buffer = create(path, 4096, LOCK_SHARED, REMOVE_WHEN_LAST, new Uint8Array(0))!;
  words = new Int32Array(buffer);
});

afterEach(() => detach(buffer, REMOVE_WHEN_LAST));

async function sleeper() {
  const fixture = spawnFixture(new URL('./fixtures/sleep-on-word.mjs', import.meta.url), { args: [path] });
  expect(await fixture.line()).toBe('ready');
  return fixture;
}

if (backend() === 'posix') {
  test('the portable backend has no futex, and says so', () => {
    const refused = expect.objectContaining({ code: 'ENOSYS' });
    expect(() => futexWait(buffer, 0, 0, 0)).toThrow(refused);
    expect(() => futexWake(buffer, 0, 1)).toThrow(refused);
  });
} else {
  describe('a sleep in a futex', () => {
    test('another value is no sleep', () => {
      words[3] = -5;
      expect(futexWait(buffer, 12, 0, 1000)).toBe(2);
      expect(futexWait(buffer, 12, -5, 0)).toBe(1);
      expect(futexWait(buffer, 12, 4294967291, 0)).toBe(1);
    });

    test.each([0, 0.5, 30, 1000])('a sleep of %d ms ends by itself, not before', (milliseconds) => {
      const start = performance.now();
      expect(futexWait(buffer, 0, 0, milliseconds)).toBe(1);
      expect(performance.now() - start).toBeGreaterThanOrEqual(milliseconds - 0.1);
    });

    test('the last word of the buffer is a word', () => {
      expect(futexWait(buffer, 4092, 0, 0)).toBe(1);
      expect(futexWake(buffer, 4092, 1)).toBe(0);
    });

    test('a wake reaches as many sleepers of other processes as it says', async () => {
      const sleepers = await Promise.all([sleeper(), sleeper(), sleeper()]);
      for (const each of sleepers) each.say('sleep');
      let woken = 0;
      await eventually('all three sleep, and are woken one by one', () => {
        const now = futexWake(buffer, 0, 1);
        expect(now).toBeLessThanOrEqual(1);
        woken += now;
        return woken === 3;
      });
      for (const each of sleepers) expect(await each.line()).toMatch(/^woken after/);
      for (const each of sleepers) each.say('sleep');
      woken = 0;
      await eventually('all three sleep again', () => {
        woken += futexWake(buffer, 0, 2147483647);
        return woken === 3;
      });
      await Promise.all(sleepers.map((each) => each.kill()));
    });

    test('a wake is not spent on the dead', async () => {
      const doomed = await sleeper();
      const other = await sleeper();
      doomed.say('sleep');
      await doomed.kill();
      other.say('sleep');
      await eventually('the living one is woken', () => futexWake(buffer, 0, 1) === 1);
      expect(await other.line()).toMatch(/^woken after/);
      await other.kill();
    });

    test('a wake by a word of another segment reaches nobody', async () => {
      const other = create(fresh(), 4096, LOCK_SHARED, REMOVE_WHEN_LAST, new Uint8Array(0))!;
      const one = await sleeper();
      one.say('sleep');
      expect(futexWake(other, 0, 1)).toBe(0);
      expect(futexWake(buffer, 4, 1)).toBe(0);
      await eventually('it is woken by its own word', () => futexWake(buffer, 0, 1) === 1);
      await one.kill();
      detach(other, REMOVE_WHEN_LAST);
    });
  });
}
