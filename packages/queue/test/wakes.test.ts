import { readdirSync } from 'node:fs';
import { RecordRing, WaiterTable } from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { JoinableQueue, LifoQueue, Queue } from '@mp/queue';
import { freshName, leakCheck } from '@mp/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { startPeer } from './queue-peer.ts';

leakCheck();

/* A call that makes something possible rings its waiters. The look that every wait takes now and then would hide it. */
const CLASSES = Object.entries({ Queue, LifoQueue, JoinableQueue });
const open: Queue<unknown>[] = [];

function opened<Q extends Queue<unknown>>(queue: Q): Q {
  open.push(queue);
  return queue;
}

afterEach(() => {
  for (const queue of open.splice(0)) {
    expect(queue.rescued).toBe(0);
    queue.close();
  }
});

test.each(CLASSES)('of a %s: a put rings a get, and a get a put', async (_name, Class) => {
  const queue = opened(new Class<number>({ maxSize: 1 }));
  const got = queue.get();
  await queue.put(1);
  expect(await got).toBe(1);
  await queue.put(2);
  const put = queue.put(3);
  expect(queue.tryGet()).toBe(2);
  await put;
  const next = queue.put(4);
  queue.leaseSync().ack();
  await next;
  expect(queue.tryGetMany(2)).toEqual([4]);
});

test.each(CLASSES)(
  'of a %s: what is given back rings a lease, and at last who waits for letters',
  async (_name, Class) => {
    const queue = opened(new Class<number>({ maxAttempts: 2 }));
    queue.putSync(1);
    const first = queue.leaseSync();
    const waiting = queue.lease();
    const letter = queue.deadLetters.get();
    first.retry();
    (await waiting).retry();
    expect(await letter).toBe(1);
  },
);

test.each(CLASSES)(
  'of a %s: after a shutdown the end of the last lease ends all waits',
  async (_name, Class) => {
    const queue = opened(new Class<number>());
    queue.putSync(1);
    const lease = queue.leaseSync();
    queue.shutdown();
    const waiting = [queue.get(), queue.deadLetters.get()];
    lease.ack();
    for (const wait of waiting) await expect(wait).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  },
);

test('a shutdown after an immediate one takes nothing back: what comes back is discarded', async () => {
  const queue = opened(new JoinableQueue<number>());
  queue.putManySync([1, 2]);
  const lease = queue.leaseSync();
  expect([queue.shutdown({ immediate: true }), queue.shutdown()]).toEqual([1, 0]);
  const joined = queue.join();
  lease.retry();
  await joined;
  expect(queue.size).toBe(0);
});

test('a put in vain holds on to nothing that it mentions', async () => {
  const queue = opened(new Queue<unknown>({ maxSize: 1 }));
  queue.putSync(0);
  const lock = new Lock();
  // The first async wait of a thread has a socket, and a sweep leaves its time.
  const files = () =>
    readdirSync(process.env.MP_DIR as string)
      .filter((file) => !file.startsWith('d-') && file !== '.swept')
      .sort();
  const before = files();
  expect(queue.tryPut(lock)).toBe(false);
  expect(files()).toEqual(before);
  expect(() => queue.putSync(lock, { timeout: 0 })).toThrow(/it is full/);
  await expect(queue.put(lock, { timeout: 0 })).rejects.toThrow(/it is full/);
  expect(files()).toEqual(before);
  lock.close();
});

const inVain: [string, object, unknown[][], [string, unknown], [string, unknown]][] = [
  ['a put of many', { maxSize: 3 }, [[1, 2, 3]], ['putMany', [4, 5, 6]], ['put', 7]],
  [
    'a large put',
    { maxBytes: 1000 },
    [['a'.repeat(100), 'b'.repeat(800)]],
    ['put', 'c'.repeat(600)],
    ['put', 'd'],
  ],
];

test.each(inVain)(
  '%s that is rung without enough space rings the next one',
  async (_name, limits, [first], large, small) => {
    const queue = opened(new Queue<unknown>({ name: freshName(), ...limits }));
    const peers = [await startPeer('process', queue), await startPeer('process', queue)];
    // In most rounds both wait before there is space, the large one first.
    for (let round = 0; round < 20; round++) {
      queue.putManySync(first);
      await peers[0].begin(...large);
      await peers[1].begin(...small);
      expect(queue.tryGet()).toBe(first[0]);
      expect(await peers[1].answer()).toMatchObject({ value: null });
      expect(queue.tryGetMany(first.length)).toEqual([...first.slice(1), small[1]]);
      expect(await peers[0].answer()).toMatchObject({ value: null });
      expect(queue.tryGetMany(3)).toEqual([large[1]].flat());
    }
    for (const peer of peers) await peer.end();
  },
);

test('a queue in one of its own items goes with its last user', async () => {
  const files = () => readdirSync(process.env.MP_DIR as string).filter((file) => !file.startsWith('d-'));
  const before = files();
  const queue = new Queue<{ reply: Queue<unknown> }>();
  await queue.putMany([{ reply: queue }, { reply: queue }]);
  const { reply } = await queue.get();
  expect(reply.size).toBe(1);
  reply.close();
  queue.close();
  expect(files()).toEqual(before);
});

test.each<[string, (queue: Queue<number>) => void]>([
  ['tryGet', (queue) => queue.tryGet()],
  ['tryGetMany', (queue) => queue.tryGetMany(1)],
  ['leaseSync', (queue) => queue.leaseSync().ack()],
])('%s says that a wake is on its way before it shows the space', async (_name, take) => {
  const queue = opened(new Queue<number>({ maxSize: 1 }));
  queue.putSync(1);
  const put = queue.put(2);
  const events: string[] = [];
  const { take: takeRecord } = RecordRing.prototype;
  const { beginNotify } = WaiterTable.prototype;
  const spies = [
    vi.spyOn(RecordRing.prototype, 'take').mockImplementation(function (this: RecordRing, ...args) {
      events.push('space');
      takeRecord.apply(this, args);
    }),
    vi.spyOn(WaiterTable.prototype, 'beginNotify').mockImplementation(function (this: WaiterTable) {
      events.push('wake');
      beginNotify.call(this);
    }),
  ];
  take(queue);
  for (const spy of spies) spy.mockRestore();
  expect(events.slice(0, events.indexOf('space') + 1)).toEqual(['wake', 'space']);
  await put;
});
