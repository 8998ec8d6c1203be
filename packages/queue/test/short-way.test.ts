import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  BODY,
  INSIDE,
  NOBODY_RUNG,
  type RecordRing,
  SENT,
  type Segment,
  ShortWay,
  thisAgent,
  threadState,
  type WaiterTable,
} from '@mp/core/internal';
import { JoinableQueue, LifoQueue, Queue } from '@mp/queue';
import { encode } from '@mp/serde/internal';
import { eventually, type Fixture, freshName, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GET_WAITERS, HEAD_LATCH, PUT_WAITERS, RINGS, TAIL_LATCH } from '../src/layout.ts';

leakCheck();

/* An item that comes while a thread sleeps is put and taken by C, in the same stores as by JavaScript: docs/decisions/015. */

/** Of a waiter table, its entries, a ring, an agent's page, and the words that are shared with the native part. */
const NOTIFIERS = 3;
const FIRST = GET_WAITERS + 16;
const NOTIFIED = 1 << 30;
const CONTENDED = 1 << 31;
const SEEN = 12;
const RUNG = BODY;
const AWAKE = 0;

interface Inside {
  readonly segment: Segment;
  readonly state: {
    readonly ring: RecordRing;
    readonly putWaiters: WaiterTable;
    readonly getWaiters: WaiterTable;
    readonly carrier: Parameters<typeof encode>[1];
  };
}

const inside = (queue: Queue<unknown>) => queue as unknown as Inside;
const wordsOf = (queue: Queue<unknown>) => inside(queue).segment.words;

/** All that both ways leave; how often a notifier began, and what a writer saw, may differ. */
function stateOf(queue: Queue<unknown>): Buffer {
  const words = Int32Array.from(wordsOf(queue).subarray(BODY));
  for (const table of [PUT_WAITERS, GET_WAITERS]) words[table + NOTIFIERS - BODY] &= 0xffff;
  words.fill(0, RINGS + SEEN - BODY, RINGS + SEEN - BODY + 2);
  return Buffer.from(words.buffer);
}

const expectSame = (one: Queue<unknown>, other: Queue<unknown>) =>
  expect(stateOf(one).equals(stateOf(other))).toBe(true);

/** The next put, or get, does without the native part. */
function goLong(): void {
  vi.spyOn(ShortWay.prototype, 'isOpen', 'get').mockReturnValueOnce(false);
}

/** Round the ring some times, with records of all lengths. */
const ROUNDS = 80;
const itemOf = (round: number) => 'item'.repeat((round * 997) % 3000);

let long: Queue<unknown>;
let short: Queue<unknown>;

beforeEach(() => {
  long = new Queue({ name: freshName() });
  short = new Queue({ name: freshName() });
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const queue of [long, short]) {
    queue.close();
    queue.unlink();
  }
});

describe('while a thread over there waits', () => {
  let far: Fixture;
  let agent: number;

  beforeEach(async () => {
    const names = [long.name, short.name].join();
    far = spawnFixture(new URL('./fixtures/get-stopped.mjs', import.meta.url), { args: [names] });
    agent = Number(await far.line());
    // After some rings the native part knows whom to ring.
    for (let ring = 0; ring < 4; ring++) {
      for (const queue of [long, short]) {
        if (ring > 0) goLong();
        queue.putSync('met');
        queue.tryGet();
        waitAgain();
      }
    }
  });

  afterEach(async () => {
    await far.kill();
    expect(thisAgent().isAlive(agent)).toBe(false);
  });

  const page = () => thisAgent().wordsOf(agent) as Int32Array;
  /** The agent over there looks as if it had come back to its waits. */
  function waitAgain(): void {
    for (const queue of [long, short]) Atomics.and(wordsOf(queue), FIRST, ~NOTIFIED);
    Atomics.store(page(), RUNG, 0);
  }

  test('what the short way of a put stores is what the long way stores, all round the ring', () => {
    const send = vi.spyOn(ShortWay.prototype, 'send');
    let sent = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const item = itemOf(round);
      goLong();
      long.putSync(item);
      expect(Atomics.exchange(page(), RUNG, 0)).toBe(1);
      short.putSync(item);
      if (send.mock.results.at(-1)?.value === SENT) sent++;
      expect(Atomics.load(page(), RUNG)).toBe(1);
      expectSame(short, long);
      expect([short.tryGet(), long.tryGet()]).toEqual([item, item]);
      expectSame(short, long);
      waitAgain();
    }
    // The others went on at the beginning of the ring.
    expect(sent).toBeGreaterThan(ROUNDS - 10);
    expect(send).toHaveBeenCalledTimes(ROUNDS);
  });

  test('the native part is not asked when there is something, or several pieces', () => {
    const send = vi.spyOn(ShortWay.prototype, 'send');
    short.putManySync(['one', 'two']);
    short.putSync('three');
    expect(short.tryGetMany(5)).toEqual(['one', 'two', 'three']);
    short.putSync(Buffer.alloc(100));
    expect(send).not.toHaveBeenCalled();
  });

  /** A put of the native part that has taken the latch, and stops somewhere. */
  function stopped(answer: number): void {
    vi.spyOn(ShortWay.prototype, 'send').mockImplementationOnce((bytes, length) => {
      const { ring, getWaiters } = inside(short).state;
      const isInside = (answer & INSIDE) !== 0;
      if (isInside) Atomics.store(wordsOf(short), TAIL_LATCH, thisAgent().id | CONTENDED);
      if ((answer & SENT) === 0) return answer;
      ring.append(bytes, 0, length);
      if (isInside) getWaiters.beginNotify();
      ring.commit();
      return answer;
    });
  }

  /** A thread that waits for space or for the latch. */
  function putterWaits(): () => boolean {
    const { putWaiters } = inside(short).state;
    const entry = putWaiters.enter(1);
    putWaiters.announce();
    return () => {
      const isChosen = putWaiters.isNotified(entry);
      putWaiters.leave(entry);
      putWaiters.settle();
      return isChosen;
    };
  }

  test.each([
    ['could not let go of the latch, and put nothing', INSIDE],
    ['could not let go of the latch when the item was there', SENT | INSIDE],
    ['found nobody to ring', SENT | NOBODY_RUNG],
    ['sees that a putter waits by now', SENT | 4],
  ])('JavaScript goes on when the native part %s', (_, answer) => {
    stopped(answer);
    const wasChosen = putterWaits();
    short.putSync('item');
    const words = wordsOf(short);
    expect([words[TAIL_LATCH], words[GET_WAITERS + NOTIFIERS] & 0xffff, wasChosen()]).toEqual([0, 0, true]);
    // With the last one the getter was rung by the native part.
    expect((words[FIRST] & NOTIFIED) !== 0).toBe(answer !== (SENT | 4));
    expect(short.tryGetMany(2)).toEqual(['item']);
  });
});

describe('while this thread waits', () => {
  const page = () => thisAgent().wordsOf(thisAgent().id) as Int32Array;
  const ways = () =>
    threadState.singletons.get('short-ways') as {
      lines: ShortWay[];
      control: Int32Array;
      deliver(): boolean;
    };
  let way: ShortWay;

  beforeEach(async () => {
    await expect(short.get({ timeout: 1 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    way = ways().lines.filter(Boolean).at(-1) as ShortWay;
    await expect(long.get({ timeout: 1 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
  });

  function getLong(): Promise<unknown> {
    goLong();
    return long.get();
  }

  /** An item comes, and the waiter at the head is chosen for it. */
  function lay(queue: Queue<unknown>, item: unknown): void {
    const { ring, carrier } = inside(queue).state;
    ring.append(Buffer.from(encode(item, carrier, 'item').bytes), 0);
    ring.commit();
    Atomics.or(wordsOf(queue), FIRST, NOTIFIED);
  }

  /** What the event loop does when it is rung. */
  function scan(): Promise<void> {
    thisAgent().onSelfRing();
    return Promise.resolve();
  }

  test('what the short way of a get stores is what the long way stores, all round the ring', async () => {
    const deliver = vi.spyOn(ShortWay.prototype, 'deliver');
    for (let round = 0; round < ROUNDS; round++) {
      const item = itemOf(round);
      const got = [short.get(), getLong()];
      expect(way.isArmed).toBe(true);
      expectSame(short, long);
      for (const queue of [long, short]) lay(queue, item);
      Atomics.store(page(), RUNG, 1);
      expect(way.sleep(0, 5)).toBe(true);
      await scan();
      expect(await Promise.all(got)).toEqual([item, item]);
      expectSame(short, long);
    }
    const taken = deliver.mock.results.filter(({ value }) => value === true);
    expect(taken.length).toBeGreaterThan(ROUNDS - 10);
  });

  test('an item that cannot be read rejects its get, and the next one comes', async () => {
    const got = short.get();
    const { ring } = inside(short).state;
    ring.append(Buffer.from([0xc1, 0xc1]), 0);
    ring.commit();
    Atomics.or(wordsOf(short), FIRST, NOTIFIED);
    Atomics.store(page(), RUNG, 1);
    way.sleep(0, 5);
    await expect(got).rejects.toMatchObject({ code: 'ERR_MP_SERIALIZATION' });
    short.putSync('next');
    expect(await short.get()).toBe('next');
  });

  test('a latch that the native part could not let go of is let go of, and the others are rung', async () => {
    const got = short.get();
    lay(short, 'one');
    const { ring, getWaiters, putWaiters, carrier } = inside(short).state;
    const words = wordsOf(short);
    const entries = [getWaiters, putWaiters].map((table) => {
      const entry = table.enter(1);
      table.announce();
      return { table, entry };
    });
    ring.append(Buffer.from(encode('two', carrier, 'item').bytes), 0);
    ring.commit();
    // Taken by hand, with the latch.
    const record = ring.peek();
    if (record === undefined) throw new Error('there is an item');
    record.source.copy(
      (short as unknown as { getSide: { scratch: Buffer } }).getSide.scratch,
      0,
      record.start,
    );
    ring.take(record);
    Atomics.store(words, HEAD_LATCH, thisAgent().id | CONTENDED);
    getWaiters.leave(FIRST);
    const { control } = ways();
    control.set([ways().lines.indexOf(way), record.end - record.start, 1, 1]);
    expect(ways().deliver()).toBe(true);
    expect([await got, words[HEAD_LATCH]]).toEqual(['one', 0]);
    expect(entries.map(({ table, entry }) => table.isNotified(entry))).toEqual([true, true]);
    for (const { table, entry } of entries) table.leave(entry);
    expect(short.tryGet()).toBe('two');
  });

  test('a latch is let go of when nothing could be taken, and the wait goes on', async () => {
    const got = short.get();
    const words = wordsOf(short);
    Atomics.store(words, HEAD_LATCH, thisAgent().id | CONTENDED);
    ways().control.set([ways().lines.indexOf(way), -1, 0, 1]);
    expect([ways().deliver(), words[HEAD_LATCH]]).toEqual([false, 0]);
    short.putSync('item');
    expect(await got).toBe('item');
  });

  test('only a get of a Queue is one that the native part may serve', async () => {
    const names = [freshName(), freshName()];
    const others = [
      new JoinableQueue<unknown>({ name: names[0] }),
      new LifoQueue<unknown>({ name: names[1] }),
    ];
    const enter = vi.spyOn(ShortWay.prototype, 'enter');
    const waits = [short.lease(), short.getMany(2), ...others.map((queue) => queue.get())];
    expect(enter).not.toHaveBeenCalled();
    for (const queue of [short, ...others]) {
      expect(queue.shutdown()).toBe(0);
      queue.close();
      queue.unlink();
    }
    for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  });
});

test.each(['await', 'sync'])('items that come rarely go the short way, %s', async (how) => {
  const count = 12;
  const getter = spawnFixture(new URL('./fixtures/get-rare.mjs', import.meta.url), {
    args: [short.name as string, how, String(count)],
  });
  const send = vi.spyOn(ShortWay.prototype, 'send');
  const isAsleep = () => {
    const agent = wordsOf(short)[FIRST];
    const isWaiting = agent > 0 && agent < NOTIFIED && inside(short).state.getWaiters.announced;
    return isWaiting && thisAgent().wordsOf(agent)?.[RUNG + 1] !== AWAKE;
  };
  for (let number = 0; number < count; number++) {
    expect(await getter.line()).toBe('waits');
    // A ring of a thread that is awake yet teaches nothing.
    await eventually('it sleeps', isAsleep);
    if (how === 'sync') short.putSync(number);
    else await short.put(number);
    expect(await getter.line()).toBe(String(number));
  }
  expect(send.mock.results.filter(({ value }) => value === SENT).length).toBeGreaterThan(count / 2);
  // Where there is no futex, a thread that blocks is woken at its doorbell, and JavaScript takes the item.
  const taken = Number(await getter.line());
  if (how === 'await' || process.env.MP_NATIVE !== 'posix') expect(taken).toBeGreaterThan(count / 2);
  expect((await getter.exited).code).toBe(0);
  expect(short.rescued).toBe(0);
});

test('a queue that the program has lost goes, also when it had a short way', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const lose = async () => {
    const lost = new Queue();
    // Not by `expect()`, which keeps what it was given.
    await lost.get({ timeout: 1 }).catch(() => {});
    return inside(lost).segment.file;
  };
  const file = await lose();
  await eventually('it is gone', () => {
    collect();
    return !readdirSync(process.env.MP_DIR as string).includes(file);
  });
});
