import { readdirSync } from 'node:fs';
import { sweep } from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { Queue } from '@mp/queue';
import { eventually, type Fixture, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

leakCheck();

const PEER = new URL('./fixtures/queue-peer.mjs', import.meta.url);
const PUT_AND_DIE = new URL('./fixtures/put-and-die.mjs', import.meta.url);

let count = 0;
let queue: Queue<unknown>;
const peers = new Set<Fixture>();

function open(options: { maxSize?: number } = {}): void {
  queue = new Queue({ name: `processes-${process.pid}-${count++}`, ...options });
}

async function peer(): Promise<Fixture> {
  const fixture = spawnFixture(PEER, { args: [queue.name as string] });
  peers.add(fixture);
  await fixture.line();
  return fixture;
}

function tell(fixture: Fixture, command: object): void {
  fixture.say(JSON.stringify(command));
}

async function answer(fixture: Fixture) {
  return JSON.parse(await fixture.line());
}

beforeEach(() => open());

afterEach(async () => {
  for (const fixture of peers) tell(fixture, { do: 'end' });
  await Promise.all([...peers].map((fixture) => fixture.exited));
  peers.clear();
  expect(queue.unlink()).toBe(true);
});

describe.each(['sync', 'async'])('between processes, %s', (how) => {
  test('one producer and one consumer keep the order', async () => {
    const [producer, consumer] = [await peer(), await peer()];
    tell(consumer, { do: 'consume', how });
    tell(producer, { do: 'produce', how, from: 0, count: 20_000 });
    await answer(producer);
    queue.shutdown();
    expect(await answer(consumer)).toEqual({
      value: { count: 20_000, sum: (19_999 * 20_000) / 2, ordered: true },
    });
    expect(queue.rescued).toBe(0);
  });

  test.each([{}, { maxSize: 7 }])(
    'three producers and three consumers lose and double nothing, %o',
    async (limits) => {
      queue.unlink();
      open(limits);
      const producers = [await peer(), await peer(), await peer()];
      const consumers = [await peer(), await peer(), await peer()];
      for (const consumer of consumers) tell(consumer, { do: 'consume', how });
      producers.forEach((producer, index) => {
        tell(producer, { do: 'produce', how, from: index * 3_000, count: 3_000 });
      });
      for (const producer of producers) await answer(producer);
      queue.shutdown();
      let taken = 0;
      let sum = 0;
      for (const consumer of consumers) {
        const { value } = await answer(consumer);
        taken += value.count;
        sum += value.sum;
      }
      expect([taken, sum]).toEqual([9_000, (8_999 * 9_000) / 2]);
      expect(queue.rescued).toBe(0);
    },
  );

  test('a waiting getter gets what comes', async () => {
    const getter = await peer();
    tell(getter, { do: 'get', how });
    await queue.put('at last');
    expect(await answer(getter)).toEqual({ value: 'at last' });
    expect(queue.rescued).toBe(0);
  });

  test('shutdown wakes the calls that wait to get and to put', async () => {
    queue.unlink();
    open({ maxSize: 1 });
    const [getter, putter] = [await peer(), await peer()];
    tell(getter, { do: 'get', how });
    await queue.put('one');
    expect(await answer(getter)).toEqual({ value: 'one' });
    tell(getter, { do: 'get', how });
    queue.shutdown();
    expect(await answer(getter)).toEqual({ code: 'ERR_MP_CLOSED' });
    tell(putter, { do: 'put', how, item: 1 });
    expect(await answer(putter)).toEqual({ code: 'ERR_MP_CLOSED' });
  });

  test('shutdown with immediate wakes a putter of a full queue and counts what it discards', async () => {
    queue.unlink();
    open({ maxSize: 2 });
    const putter = await peer();
    await queue.putMany(['a', 'b']);
    tell(putter, { do: 'put', how, item: 'c' });
    tell(putter, { do: 'put', how, item: 'd' });
    expect(queue.shutdown({ immediate: true })).toBe(2);
    expect([await answer(putter), await answer(putter)]).toEqual(Array(2).fill({ code: 'ERR_MP_CLOSED' }));
    expect(queue.size).toBe(0);
  });

  test('a killed getter takes no item with it and holds up nobody', async () => {
    const [doomed, getter] = [await peer(), await peer()];
    tell(doomed, { do: 'get', how });
    tell(getter, { do: 'get', how });
    await doomed.kill();
    peers.delete(doomed);
    await queue.put('for the living');
    expect(await answer(getter)).toEqual({ value: 'for the living' });
    sweep();
  });

  test('a killed putter of a full queue leaves it usable', async () => {
    queue.unlink();
    open({ maxSize: 1 });
    const [doomed, putter] = [await peer(), await peer()];
    await queue.put(1);
    tell(doomed, { do: 'put', how, item: 'lost' });
    tell(putter, { do: 'put', how, item: 2 });
    await doomed.kill();
    peers.delete(doomed);
    const items = [await queue.get(), await queue.get({ timeout: 20_000 })];
    expect(items[0]).toBe(1);
    expect([2, 'lost']).toContain(items[1]);
    expect(await answer(putter)).toEqual({ value: null });
    sweep();
  });
});

test('for await drains what is left after a shutdown, and ends', async () => {
  const consumer = await peer();
  for (let id = 0; id < 5_000; id++) queue.putSync({ id });
  queue.shutdown();
  tell(consumer, { do: 'consume', how: 'iterate' });
  expect((await answer(consumer)).value.count).toBe(5_000);
});

test('100,000 items are put before anybody takes one', async () => {
  for (let id = 0; id < 100_000; id++) queue.putSync({ id });
  expect(queue.size).toBe(100_000);
  const consumer = await peer();
  queue.shutdown();
  tell(consumer, { do: 'consume', how: 'sync' });
  expect((await answer(consumer)).value).toEqual({
    count: 100_000,
    sum: (99_999 * 100_000) / 2,
    ordered: true,
  });
});

describe.each(['exit', 'kill', 'close'])(
  'a sender that is gone (%s) before anybody took its message',
  (death) => {
    async function receive(what: string): Promise<unknown> {
      const sender = spawnFixture(PUT_AND_DIE, { args: [queue.name as string, what, death] });
      await sender.exited;
      // Nobody but the message keeps what it mentions.
      sweep();
      return queue.get({ timeout: 20_000 });
    }

    test('a lock arrives', async () => {
      const { lock, text } = (await receive('lock')) as { lock: Lock; text: string };
      expect(text).toBe('with a lock');
      expect(lock).toBeInstanceOf(Lock);
      lock.acquireSync().release();
      lock.close();
    });

    test('a queue arrives with what is in it', async () => {
      const inner = (await receive('queue')) as Queue<string>;
      expect(await inner.get()).toBe('from the dead');
      inner.close();
    });

    test('a large message arrives', async () => {
      const bytes = (await receive('large')) as Buffer;
      expect(bytes.equals(Buffer.alloc(20 << 20, 42))).toBe(true);
    });

    test('nothing anonymous is left in the segment directory once it was taken', async () => {
      const received = (await receive('lock')) as { lock: Lock };
      received.lock.close();
      await eventually('the lock is gone', () => {
        sweep();
        return readdirSync(process.env.MP_DIR as string).every((file) => !file.startsWith('s-'));
      });
    });

    test('a message that is never taken goes with its queue', async () => {
      const sender = spawnFixture(PUT_AND_DIE, { args: [queue.name as string, 'lock', death] });
      await sender.exited;
      expect(queue.size).toBe(1);
      queue.unlink();
      sweep();
      const left = readdirSync(process.env.MP_DIR as string).filter((file) => /^[sn]-/.test(file));
      expect(left).toEqual([]);
      open();
    });
  },
);

test('a named queue whose only user was killed has its items', async () => {
  const name = queue.name as string;
  // Empty, it goes with its last user: the one that dies makes it anew.
  queue.close();
  const doomed = spawnFixture(PUT_AND_DIE, { args: [name, 'lock', 'kill'] });
  expect((await doomed.exited).signal).toBe('SIGKILL');
  sweep();
  queue = new Queue({ name });
  expect([queue.created, queue.size]).toEqual([false, 1]);
  const { lock, text } = (await queue.get({ timeout: 20_000 })) as { lock: Lock; text: string };
  expect(text).toBe('with a lock');
  lock.close();
});
