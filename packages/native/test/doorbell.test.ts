import { existsSync, mkdirSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import {
  backend,
  bellClose,
  bellOpen,
  bellRing,
  create,
  detach,
  doorbellPathMost,
  doorbellWait,
  LOCK_SHARED,
  REMOVE_WHEN_LAST,
  ring,
} from '@mp/native';
import { eventually, type Fixture, leakCheck, spawnFixture } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { directory, fresh } from './place.ts';

leakCheck();

async function listener(path: string, where = 'main'): Promise<Fixture> {
  const url = new URL('./fixtures/answer-doorbell.mjs', import.meta.url);
  const fixture = spawnFixture(url, { args: [path, where] });
  expect(await fixture.line()).toBe('open');
  return fixture;
}

async function tell(fixture: Fixture, line: string): Promise<void> {
  fixture.say(line);
  expect(await fixture.line()).toBe(`did ${line}`);
}

test('ring() answers false when nobody listens', async () => {
  const path = fresh('d-');
  expect(ring(path)).toBe(false);
  expect(ring(`${directory()}/none/d-1`)).toBe(false);
  writeFileSync(path, 'no socket');
  expect(ring(path)).toBe(false);
  unlinkSync(path);
  const fixture = await listener(path);
  await fixture.kill();
  expect(existsSync(path)).toBe(true);
  expect(ring(path)).toBe(false);
  unlinkSync(path);
});

describe.each(['main', 'worker'])('a doorbell of a %s thread', (where) => {
  test('is heard each time, also right after an answer', async () => {
    const path = fresh('d-');
    const fixture = await listener(path, where);
    for (let round = 0; round < 50; round++) {
      expect(ring(path)).toBe(true);
      expect(await fixture.line()).toBe('rung');
    }
    await fixture.kill();
    unlinkSync(path);
  });

  test('runs what is for later behind the promises that a ring settles, also when its callback throws', async () => {
    const path = fresh('d-');
    const fixture = await listener(path, where);
    await tell(fixture, 'say after');
    ring(path);
    expect([await fixture.line(), await fixture.line()]).toEqual(['rung', 'after']);
    await tell(fixture, 'throw');
    ring(path);
    expect([await fixture.line(), await fixture.line()]).toEqual(['uncaught from the callback', 'after']);
    await fixture.kill();
    unlinkSync(path);
  });

  test('is a file of mode 0600', async () => {
    const path = fresh('d-');
    const fixture = await listener(path, where);
    fixture.say('mode');
    expect(await fixture.line()).toBe('600');
    await fixture.kill();
    unlinkSync(path);
  });

  test('an exception in the callback is an uncaught one, and the next ring is heard', async () => {
    const path = fresh('d-');
    const fixture = await listener(path, where);
    await tell(fixture, 'throw');
    ring(path);
    expect(await fixture.line()).toBe('uncaught from the callback');
    await tell(fixture, 'throw');
    ring(path);
    expect(await fixture.line()).toBe('rung');
    await fixture.kill();
    unlinkSync(path);
  });

  test('keeps the loop alive only while referenced; its file goes with the thread', async () => {
    const path = fresh('d-');
    const idle = await listener(path, where);
    await tell(idle, 'listen no more');
    expect(await idle.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(path)).toBe(false);

    const waiting = await listener(path, where);
    await tell(waiting, 'ref');
    await tell(waiting, 'listen no more');
    for (let round = 0; round < 5; round++) {
      ring(path);
      expect(await waiting.line()).toBe('rung');
    }
    await waiting.kill();
    unlinkSync(path);
  });

  test('process.exit() takes the file away', async () => {
    const path = fresh('d-');
    const fixture = await listener(path, where);
    await tell(fixture, 'ref');
    fixture.say('exit');
    if (where === 'worker') fixture.say('terminate');
    await eventually('the file is gone', () => !existsSync(path));
    await fixture.kill();
  });
});

test('a worker thread that is terminated takes its doorbell along, and the process lives on', async () => {
  const path = fresh('d-');
  const fixture = await listener(path, 'worker');
  await tell(fixture, 'ref');
  fixture.say('terminate');
  expect(await fixture.line()).toBe('terminated');
  expect(existsSync(path)).toBe(false);
  expect(ring(path)).toBe(false);
  await fixture.kill();
});

test('a stopped listener is rung without waiting, and hears it when it goes on', async () => {
  const path = fresh('d-');
  const fixture = await listener(path);
  process.kill(fixture.pid, 'SIGSTOP');
  for (let round = 0; round < 2000; round++) expect(ring(path)).toBe(true);
  process.kill(fixture.pid, 'SIGCONT');
  expect(await fixture.line()).toBe('rung');
  await fixture.kill();
  unlinkSync(path);
});

test('a bell rings as its path does, until its owner is gone or it is closed', async () => {
  const path = fresh('d-');
  expect(bellOpen(path)).toBe(undefined);
  const fixture = await listener(path);
  const [bell, closed] = [bellOpen(path)!, bellOpen(path)!];
  for (let round = 0; round < 3; round++) {
    expect(bellRing(bell)).toBe(true);
    expect(await fixture.line()).toBe('rung');
  }
  bellClose(closed);
  bellClose(closed);
  expect(() => bellRing(closed)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }));
  process.kill(fixture.pid, 'SIGSTOP');
  for (let round = 0; round < 2000; round++) expect(bellRing(bell)).toBe(true);
  await fixture.kill();
  expect(bellRing(bell)).toBe(false);
  unlinkSync(path);
  expect([bellRing(bell), bellOpen(path)]).toEqual([false, undefined]);
  bellClose(bell);
});

test('a directory too long for a socket address', async () => {
  const long = `${directory()}/${'x'.repeat(200)}`;
  mkdirSync(long);
  const path = `${long}/d-1073741823`;
  if (backend() === 'posix') {
    expect(doorbellPathMost()).toBe(103);
    expect(() => ring(path)).toThrow(expect.objectContaining({ code: 'ENAMETOOLONG' }));
    expect(() => bellOpen(path)).toThrow(expect.objectContaining({ code: 'ENAMETOOLONG' }));
    rmSync(long, { recursive: true });
    return;
  }
  expect(ring(path)).toBe(false);
  const fixture = await listener(path);
  expect(readdirSync(long)).toEqual(['d-1073741823']);
  expect(ring(path)).toBe(true);
  expect(await fixture.line()).toBe('rung');
  const bell = bellOpen(path)!;
  expect(bellRing(bell)).toBe(true);
  expect(await fixture.line()).toBe('rung');
  bellClose(bell);
  await fixture.kill();
  expect(() => ring(`${long}/${'x'.repeat(120)}`)).toThrow(expect.objectContaining({ code: 'ENAMETOOLONG' }));
  rmSync(long, { recursive: true });
});

describe.each(['main', 'worker'])('a %s thread that blocks at its doorbell', (where) => {
  async function sleeper() {
    const [path, segment] = [fresh('d-'), fresh()];
    const buffer = create(segment, 4096, LOCK_SHARED, REMOVE_WHEN_LAST, new Uint8Array(0))!;
    const url = new URL('./fixtures/sleep-at-doorbell.mjs', import.meta.url);
    const fixture = spawnFixture(url, { args: [path, segment, where] });
    expect(await fixture.line()).toBe('ready');
    const end = async () => {
      await fixture.kill();
      unlinkSync(path);
      detach(buffer, REMOVE_WHEN_LAST);
    };
    return { path, words: new Int32Array(buffer), fixture, end };
  }

  test('is woken by each ring, and takes it out', async () => {
    const { path, words, fixture, end } = await sleeper();
    for (let round = 0; round < 20; round++) {
      fixture.say('sleep');
      expect(await fixture.line()).toBe('sleeping');
      Atomics.store(words, 0, 1);
      expect(ring(path)).toBe(true);
      // By the word when the ring came before it slept, else by the ring.
      expect(await fixture.line()).toMatch(/^(0|2) 1$/);
      Atomics.store(words, 0, 0);
    }
    await end();
  });

  test('does not sleep when its word says so, and ends by the clock, not before', async () => {
    const { words, fixture, end } = await sleeper();
    Atomics.store(words, 0, 5);
    fixture.say('sleep');
    expect([await fixture.line(), await fixture.line()]).toEqual(['sleeping', '2 5']);
    Atomics.store(words, 0, 0);
    fixture.say('slice');
    expect(await fixture.line()).toMatch(/^1 after (3[0-9]|[4-9]\d|\d{3,})$/);
    await end();
  });

  test('leaves a ring that nobody waits for to the event loop', async () => {
    const { path, fixture, end } = await sleeper();
    ring(path);
    expect(await fixture.line()).toBe('heard');
    await end();
  });
});

test('doorbellWait() needs a doorbell', () => {
  expect(() => doorbellWait(new ArrayBuffer(4), 0, 0, 0)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_STATE' }),
  );
});

test('what doorbellOpen() refuses', async () => {
  const place = `${directory()}/refused`;
  mkdirSync(place);
  const fixture = spawnFixture(new URL('./fixtures/open-doorbells.mjs', import.meta.url), { args: [place] });
  const said: string[] = [];
  for (let n = 0; n < 8; n++) said.push(await fixture.line());
  expect(said).toEqual([
    'ERR_INVALID_STATE',
    'EADDRINUSE',
    'ENAMETOOLONG',
    'ENOENT',
    'done',
    'ERR_INVALID_STATE',
    'done',
    'done',
  ]);
  expect(await fixture.exited).toEqual({ code: 0, signal: null });
  expect(readdirSync(place)).toEqual(['taken']);
  rmSync(place, { recursive: true });
});
