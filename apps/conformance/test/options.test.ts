import { Barrier, BoundedSemaphore, Condition, Event, Lock, RLock, RWLock, Semaphore } from '@mp/lock';
import { connect, Listener, pipe, wait, waitSync } from '@mp/pipe';
import { keepSpares, Process, Thread, task } from '@mp/process';
import { JoinableQueue, LifoQueue, PriorityQueue, Queue, SimpleQueue } from '@mp/queue';
import { ShareableList, SharedArray, SharedMap, SharedMemory, SharedStruct, Value } from '@mp/shared';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

leakCheck();

/* An option that nobody knows is refused wherever options are taken, before anything is done. */
const WRONG = { tiemout: 1 } as never;
const WITH_HINT = /has no option "tiemout"; did you mean "timeout"\?/;
const WITHOUT_TIMEOUT = /has no option "tiemout"; it takes /;

const make = () => ({
  lock: new Lock(),
  rlock: new RLock(),
  rw: new RWLock(),
  cond: new Condition(),
  semaphore: new Semaphore(1),
  event: new Event(),
  barrier: new Barrier(1),
  queue: new Queue<number>(),
  priority: new PriorityQueue<number>(),
  joinable: new JoinableQueue<number>(),
  map: new SharedMap<string, number>(),
  ends: pipe(),
});
let o: ReturnType<typeof make>;
beforeAll(() => {
  o = make();
});
afterAll(() => {
  const { ends, ...objects } = o;
  for (const object of [...Object.values(objects), ...ends]) object.close();
});

const noop = () => {};

const CONSTRUCTORS: [string, () => unknown][] = [
  ['Lock', () => new Lock(WRONG)],
  ['RLock', () => new RLock(WRONG)],
  ['RWLock', () => new RWLock(WRONG)],
  ['Condition', () => new Condition(undefined, WRONG)],
  ['Semaphore', () => new Semaphore(1, WRONG)],
  ['BoundedSemaphore', () => new BoundedSemaphore(1, WRONG)],
  ['Event', () => new Event(WRONG)],
  ['Queue', () => new Queue(WRONG)],
  ['SimpleQueue', () => new SimpleQueue(WRONG)],
  ['LifoQueue', () => new LifoQueue(WRONG)],
  ['PriorityQueue', () => new PriorityQueue(WRONG)],
  ['JoinableQueue', () => new JoinableQueue(WRONG)],
  ['pipe()', () => pipe(WRONG)],
  ['Process', () => new Process(WRONG)],
  ['Thread', () => new Thread(WRONG)],
  ['keepSpares()', () => keepSpares(WRONG)],
  ['task()', () => task(import.meta, noop, WRONG)],
  ['Value', () => new Value('i32', 0, WRONG)],
  ['SharedArray', () => new SharedArray('i32', 1, WRONG)],
  ['SharedStruct', () => new SharedStruct({ x: 'f64' }, WRONG)],
  ['ShareableList', () => new ShareableList([1], WRONG)],
  ['SharedMemory', () => SharedMemory.create({ size: 1, tiemout: 1 } as never)],
  ['SharedMap', () => new SharedMap(WRONG)],
  ['SharedMap.set()', () => o.map.set('a', 1, WRONG)],
  ['SharedMap.setMany()', () => o.map.setMany([['a', 1]], WRONG)],
  ['Queue.shutdown()', () => o.queue.shutdown(WRONG)],
  ['Queue.tryPut()', () => o.queue.tryPut(1, WRONG)],
  ['Queue.tryPutMany()', () => o.queue.tryPutMany([1], WRONG)],
  ['RLock.tryAcquire()', () => o.rlock.tryAcquire(WRONG)],
  ['Connection.tryRecvBytes()', () => o.ends[0].tryRecvBytes(WRONG)],
  ['Process.terminate()', () => new Process().terminate(WRONG)],
];

const WAITS: [string, () => unknown][] = [
  ['Barrier', () => new Barrier(1, WRONG)],
  ['Lock.acquire()', () => o.lock.acquire(WRONG)],
  ['Lock.acquireSync()', () => o.lock.acquireSync(WRONG)],
  ['Lock.with()', () => o.lock.with(noop, WRONG)],
  ['RLock.acquire()', () => o.rlock.acquire(WRONG)],
  ['RLock.acquireSync()', () => o.rlock.acquireSync(WRONG)],
  ['RWLock.read()', () => o.rw.read(WRONG)],
  ['RWLock.readSync()', () => o.rw.readSync(WRONG)],
  ['RWLock.write()', () => o.rw.write(WRONG)],
  ['RWLock.writeSync()', () => o.rw.writeSync(WRONG)],
  ['Condition.wait()', () => o.cond.wait(WRONG)],
  ['Condition.waitSync()', () => o.cond.waitSync(WRONG)],
  ['Condition.waitFor()', () => o.cond.waitFor(noop, WRONG)],
  ['Condition.waitForSync()', () => o.cond.waitForSync(noop, WRONG)],
  ['Semaphore.acquire()', () => o.semaphore.acquire(WRONG)],
  ['Semaphore.acquireSync()', () => o.semaphore.acquireSync(WRONG)],
  ['Event.wait()', () => o.event.wait(WRONG)],
  ['Event.waitSync()', () => o.event.waitSync(WRONG)],
  ['Barrier.wait()', () => o.barrier.wait(WRONG)],
  ['Barrier.waitSync()', () => o.barrier.waitSync(WRONG)],
  ['Queue.put()', () => o.queue.put(1, WRONG)],
  ['Queue.putSync()', () => o.queue.putSync(1, WRONG)],
  ['Queue.putMany()', () => o.queue.putMany([1], WRONG)],
  ['PriorityQueue.put()', () => o.priority.put(1, { priority: 1, tiemout: 1 } as never)],
  ['Queue.get()', () => o.queue.get(WRONG)],
  ['Queue.getSync()', () => o.queue.getSync(WRONG)],
  ['Queue.lease()', () => o.queue.lease(WRONG)],
  ['DeadLetters.get()', () => o.queue.deadLetters.get(WRONG)],
  ['DeadLetters.getSync()', () => o.queue.deadLetters.getSync(WRONG)],
  ['JoinableQueue.join()', () => o.joinable.join(WRONG)],
  ['JoinableQueue.joinSync()', () => o.joinable.joinSync(WRONG)],
  ['Connection.send()', () => o.ends[0].send(1, WRONG)],
  ['Connection.sendSync()', () => o.ends[0].sendSync(1, WRONG)],
  ['Connection.sendBytes()', () => o.ends[0].sendBytes(Buffer.alloc(1), 0, 1, WRONG)],
  ['Connection.recv()', () => o.ends[0].recv(WRONG)],
  ['Connection.recvSync()', () => o.ends[0].recvSync(WRONG)],
  ['Connection.recvBytes()', () => o.ends[0].recvBytes(WRONG)],
  ['Connection.recvBytesSync()', () => o.ends[0].recvBytesSync(WRONG)],
  ['Connection.recvBytesInto()', () => o.ends[0].recvBytesInto(Buffer.alloc(1), 0, WRONG)],
  ['Connection.poll()', () => o.ends[0].poll(WRONG)],
  ['Connection.pollSync()', () => o.ends[0].pollSync(WRONG)],
  ['wait()', () => wait([o.ends[0]], WRONG)],
  ['waitSync()', () => waitSync([o.ends[0]], WRONG)],
  ['connect()', () => connect({ path: 'nowhere' }, WRONG)],
];

/** What a call throws or rejects with. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('an unknown option is refused by', () => {
  test.each(WAITS)('%s', async (_name, call) => {
    const error = await errorOf(call);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(WITH_HINT);
  });

  test.each(CONSTRUCTORS)('%s', async (_name, call) => {
    const error = await errorOf(call);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(WITHOUT_TIMEOUT);
  });

  test('Listener.listen()', async () => {
    const error = await errorOf(() => Listener.listen({ path: 'nowhere' }, { backlogg: 1 } as never));
    expect((error as Error).message).toMatch(/has no option "backlogg"; did you mean "backlog"\?/);
  });

  test('Pool and its methods', async () => {
    const fixture = spawnFixture(new URL('./fixtures/unknown-options.mjs', import.meta.url));
    expect(await fixture.rest(), fixture.stderr).toEqual([
      'Pool has no option "worker"; did you mean "workers"?',
      'map() has no option "chunksize"; did you mean "chunkSize"?',
      'imapUnordered() has no option "chunksize"; did you mean "chunkSize"?',
      'A wait has no option "tiemout"; did you mean "timeout"?',
      'terminate() has no option "gracee"; did you mean "grace"?',
      'A wait has no option "tiemout"; did you mean "timeout"?',
    ]);
    expect(await fixture.exited).toMatchObject({ code: 0 });
  });
});
