import { Segment, WAITABLE, WaiterTable, WaitLine, waiterTableWords } from '@mp/core/internal';
import { type Connection, connect, Listener, pipe, wait, waitSync } from '@mp/pipe';
import { leakCheck, type PeerKind } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConnectionPeer, pipePair } from './connection-peer.ts';

leakCheck();

let a: Connection;
let b: Connection;
let toA: Connection;
let toB: Connection;

beforeEach(() => {
  [a, toA] = pipe();
  [b, toB] = pipe();
});
afterEach(() => {
  for (const end of [a, b, toA, toB]) end.close();
});

describe.each(['async', 'sync'])('wait (%s)', (how) => {
  const waiting = async (objects: object[], options?: { timeout?: number }) =>
    how === 'sync' ? waitSync(objects, options) : wait(objects, options);

  test('answers the ready ones in the given order', async () => {
    expect(await waiting([a, b], { timeout: 0 })).toEqual([]);
    toA.sendSync(1);
    expect(await waiting([b, a])).toEqual([a]);
    toB.sendSync(2);
    expect(await waiting([b, a])).toEqual([b, a]);
    expect([a.recvSync(), b.recvSync()]).toEqual([1, 2]);
    toB.close();
    expect(await waiting([a, b])).toEqual([b]);
  });

  test('answers none when the time is over, soon when there is none', async () => {
    let begun = performance.now();
    expect(await waiting([a, b], { timeout: 60 })).toEqual([]);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(55);
    begun = performance.now();
    expect(await waiting([a, b], { timeout: -1000 })).toEqual([]);
    expect(await waiting([])).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(1_000);
    toA.sendSync('late');
    expect(await waiting([a, b], { timeout: 5_000 })).toEqual([a]);
  });

  test('checks its options though there is nothing to wait for', async () => {
    await expect(waiting([], { timeout: Number.NaN })).rejects.toThrow(RangeError);
    await expect(waiting([], 5 as never)).rejects.toThrow(TypeError);
  });

  test('takes many objects, and the same one several times', async () => {
    const pairs = Array.from({ length: 100 }, () => pipe());
    const objects = Array.from({ length: 1_000 }, (_, index) => pairs[index % 100][0]);
    expect(await waiting(objects, { timeout: 5 })).toEqual([]);
    const late = setTimeout(() => pairs[41][1].sendSync('late'), 5);
    if (how === 'sync') pairs[41][1].sendSync('early');
    expect(await waiting(objects)).toEqual(Array(10).fill(pairs[41][0]));
    clearTimeout(late);
    for (const end of pairs.flat()) end.close();
  });

  test('refuses what nobody can wait for', async () => {
    await expect(waiting([a, {}])).rejects.toThrow(/objects\[1\] is a Object, which nobody can wait for/);
    await expect(waiting([a, null as never])).rejects.toThrow(/objects\[1\] is null/);
    await expect(waiting(5 as never)).rejects.toThrow(/objects must be an array/);
    await expect(waiting('ab' as never)).rejects.toThrow(/objects must be an array/);
    b.close();
    await expect(waiting([a, b])).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    const [reader, writer] = pipe({ duplex: false });
    await expect(waiting([writer])).rejects.toThrow(/write-only/);
    reader.close();
    writer.close();
  });
});

test('a wait is ended by its signal', async () => {
  const abort = new AbortController();
  const waiting = wait([a, b], { signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(wait([a], { signal: abort.signal })).rejects.toThrow('enough');
});

test.each(['close', 'send'])(
  'a wait is ended when what it waits for leaves this thread (%s)',
  async (how) => {
    const waiting = wait([a, b]);
    const alone = wait([a], { timeout: 20_000 });
    if (how === 'close') a.close();
    else b.sendSync(a);
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    await expect(alone).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  },
);

test('several waits and a receive for one connection all learn of a message', async () => {
  const waits = [wait([a, b]), wait([b, a]), a.poll({ timeout: 20_000 })];
  toA.sendSync(1);
  expect(await Promise.all(waits)).toEqual([[a], [a], true]);
  const receiving = a.recv();
  expect(await receiving).toBe(1);
});

test('waitSync refuses what becomes ready by the event loop', () => {
  class Timer {
    [WAITABLE]() {
      return { isReady: () => false, whenReady: () => () => {} };
    }
  }
  expect(() => waitSync([a, new Timer()])).toThrow(
    /Cannot block the thread for a Timer: .* Use await wait\(\)/,
  );
});

test('waitSync refuses a listener and a connection over a socket', async () => {
  await using listener = await Listener.listen();
  expect(() => waitSync([a, listener])).toThrow(/Cannot block the thread for a Listener: .* Use await wait/);
  using client = await connect(listener.address);
  expect(() => waitSync([a, client])).toThrow(/Cannot block the thread for a Connection over a socket: /);
});

test('a blocked observer passes wakes on to who can use them', async () => {
  const segment = Segment.create({ kind: 'event', version: 1, size: (128 + waiterTableWords(8)) * 4 });
  const waiters = new WaiterTable(segment.words, 128, 8);
  const line = new WaitLine(waiters);
  const gate = { [WAITABLE]: () => ({ isReady: () => false, waiters }) };
  const waited = line.wait(() => (segment.words[100] === 1 ? true : undefined), Infinity);
  expect(waitSync([gate], { timeout: 10 })).toEqual([]);
  waiters.publish(1, () => {
    segment.words[100] = 1;
  });
  expect(await waited).toBe(true);
  expect(waiters.rescued).toBe(0);
  segment.close();
});

describe.each<PeerKind>(['process', 'thread'])('with peers (%s)', (kind) => {
  const peers: ConnectionPeer[] = [];
  const ends: Connection[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) end.close();
    await Promise.all(peers.splice(0).map((peer) => peer.kill()));
  });
  const open = async () => {
    const { here, there } = await pipePair(kind);
    peers.push(there);
    ends.push(here);
    return there;
  };

  test.each(['async', 'sync'])('four writers, ten messages each, until the end of file (%s)', async (how) => {
    const writers = [await open(), await open(), await open(), await open()];
    for (const writer of writers) await writer.begin({ do: 'produce', how, count: 10 });
    const received = new Map(ends.map((end) => [end, [] as number[]]));
    const left = new Set(ends);
    for (const writer of writers) {
      await writer.answer();
      writer.say({ do: 'end' });
    }
    while (left.size > 0) {
      const ready = how === 'sync' ? waitSync(left) : await wait(left);
      expect(ready.length).toBeGreaterThan(0);
      for (const end of ready) {
        try {
          received.get(end)!.push((end.recvSync() as { id: number }).id);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_MP_CLOSED' });
          left.delete(end);
        }
      }
    }
    expect([...received.values()]).toEqual(Array(4).fill([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  });

  test.each(['async', 'sync'])('is woken by a message and by a death (%s)', async (how) => {
    const [one, two] = [await open(), await open()];
    const [toOne, toTwo] = ends;
    const waiting = (objects: Connection[]) =>
      how === 'sync' ? waitSync(objects, { timeout: 50_000 }) : wait(objects, { timeout: 50_000 });
    one.say({ do: 'call', call: 'send', args: ['woken'] });
    expect(await waiting([toOne, toTwo])).toEqual([toOne]);
    expect(await toOne.recv()).toBe('woken');
    void two.kill();
    expect(await waiting([toOne, toTwo])).toEqual([toTwo]);
    await expect(toTwo.recv()).rejects.toThrow(/has died/);
  });
});
