import type { RemoteJoinableQueue, RemoteLease, RemotePriorityQueue } from '@mp/manager';
import { Manager, type ManagerServer, MpError, type RemoteQueue } from '@mp/manager';
import type { AsyncJoinableQueue, AsyncLease, AsyncPriorityQueue, AsyncQueue } from '@mp/queue';
import { asyncQueueSuite, freshName, leakCheck, type SuiteQueueOptions } from '@mp/testing';
import { afterAll, afterEach, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { rawOf } from './here.ts';

leakCheck();

type Kind = 'queue' | 'joinableQueue' | 'lifoQueue' | 'priorityQueue';

/* 127.0.0.2 is this machine too, but no client can know that: it stays on the socket. */
describe.each([
  ['near', '127.0.0.1'],
  ['far', '127.0.0.2'],
])('%s', (_, host) => {
  let server: ManagerServer;
  let manager: Manager;
  const clients: Manager[] = [];
  const made = new Map<object, [Kind, string]>();

  const connect = () => Manager.connect(server.address, { authKey: 'key' });

  beforeAll(async () => {
    server = await Manager.serve({ host, port: 0 }, { authKey: 'key' });
    manager = await connect();
  });

  afterEach(async () => {
    for (const [, name] of made.values()) await manager.unlink(name);
    await Promise.all(clients.splice(0).map((client) => client.close()));
    for (const queue of made.keys()) (queue as RemoteQueue).close();
    made.clear();
  });

  afterAll(async () => {
    await manager.close();
    await server.shutdown();
  });

  async function make<Q extends object>(kind: Kind, options: SuiteQueueOptions = {}): Promise<Q> {
    const name = freshName();
    const queue = (await manager[kind]({ name, ...options })) as unknown as Q;
    made.set(queue, [kind, name]);
    return queue;
  }

  test('a name is one queue for all clients, until it is unlinked; as another kind it is a mismatch', async () => {
    const other = await connect();
    clients.push(other);
    const name = freshName();
    const [first, second] = [await manager.queue<string>({ name, maxSize: 3 }), await other.queue({ name })];
    await first.put('kept');
    first.close();
    second.close();
    const third = await other.queue<string>({ name });
    expect([await third.maxSize, await third.get()]).toEqual([3, 'kept']);
    await expect(manager.lifoQueue({ name })).rejects.toMatchObject({ code: 'ERR_MP_MISMATCH' });
    expect([await manager.unlink(name), await manager.unlink(name)]).toEqual([true, false]);
    await third.put('mine');
    const fourth = await manager.queue<string>({ name });
    expect([await fourth.size, await third.get()]).toEqual([0, 'mine']);
    await manager.unlink(name);
    fourth.close();
  });

  test('what no client of ours sends is refused by the server, and harms nothing', async () => {
    const queue = await make<RemoteQueue<number>>('queue', { maxSize: 2 });
    const raw = rawOf(queue);
    const refused: [string, unknown[], object][] = [
      ['put', [], TypeError],
      ['put', [1, 2], TypeError],
      ['putMany', ['abc'], TypeError],
      ['putMany', [[1, undefined]], TypeError],
      ['putMany', [[1, 2, 3]], RangeError],
      ['getMany', [-1], RangeError],
      ['getMany', ['2'], RangeError],
      ['tryGetMany', [2 ** 40], RangeError],
      ['settle', [], MpError],
      ['constructor', [], MpError],
      ['deliveries', [], MpError],
      ['leave', [7], TypeError],
    ];
    for (const [method, args, expected] of refused)
      await expect(raw[method](...args), `${method}(${args})`).rejects.toThrow(expected as never);
    await queue.put(1);
    const lease = await queue.lease();
    for (const number of [0, -1, 99, '1', null, {}]) expect(await raw.end(number, true)).toBe(false);
    const other = await connect();
    clients.push(other);
    const [, name] = made.get(queue) as [Kind, string];
    const foreign = rawOf(await other.queue({ name }));
    for (let number = 0; number < 9; number++) expect(await foreign.end(number, true)).toBe(false);
    await lease.retry();
    expect([await queue.size, await queue.get(), await queue.size]).toEqual([1, 1, 0]);
  });

  asyncQueueSuite('queues of a manager', {
    queue: (options) => make('queue', options),
    joinableQueue: (options) => make('joinableQueue', options),
    lifoQueue: (options) => make('lifoQueue', options),
    priorityQueue: (options) => make('priorityQueue', options),
    another: async (queue) => {
      const [kind, name] = made.get(queue) as [Kind, string];
      const client = await connect();
      clients.push(client);
      return (await client[kind]({ name })) as unknown as typeof queue;
    },
  });
});

test('they are what is common to all queues, by their types', () => {
  expectTypeOf<RemoteQueue<number>>().toExtend<AsyncQueue<number>>();
  expectTypeOf<RemoteJoinableQueue<number>>().toExtend<AsyncJoinableQueue<number>>();
  expectTypeOf<RemotePriorityQueue<number>>().toExtend<AsyncPriorityQueue<number>>();
  expectTypeOf<RemoteLease<number>>().toExtend<AsyncLease<number>>();
  expectTypeOf<RemoteQueue<number>['size']>().toEqualTypeOf<Promise<number>>();
  // @ts-expect-error a queue of something else is none of numbers
  const other: AsyncQueue<number> = undefined as unknown as RemoteQueue<string>;
  expect(other).toBeUndefined();
});
