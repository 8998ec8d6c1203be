import { getEventListeners } from 'node:events';
import { Barrier, Condition, Event, Lock, RLock, RWLock, Semaphore } from '@mp/lock';
import { connect, Listener, pipe, wait } from '@mp/pipe';
import { Queue } from '@mp/queue';
import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

// The leak check also fails the file at a process warning: Node's of a listener too many, for one.
leakCheck();

/** Each of these waits for something that does not come. */
const WAITS = 10_000;

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

test('one signal ends ten thousand waits of every kind, and nothing of them is left at it', async () => {
  const [left, right] = pipe();
  const listener = await Listener.listen();
  const client = await connect(listener.address);
  const server = await listener.accept();
  const lock = new Lock();
  const rlock = new RLock();
  const rw = new RWLock();
  const semaphore = new Semaphore(0);
  const condition = new Condition(new Lock());
  const event = new Event();
  const barrier = new Barrier(2);
  const empty = new Queue();
  const full = new Queue({ maxSize: 1 });
  await full.put(1);
  const held = [lock.tryAcquire()!, rlock.tryAcquire()!, rw.tryWrite()!];
  const open = [
    left,
    right,
    listener,
    client,
    server,
    lock,
    rlock,
    rw,
    semaphore,
    condition,
    event,
    empty,
    full,
  ];

  const shutdown = new AbortController();
  const { signal } = shutdown;
  const kinds: (() => Promise<unknown>)[] = [
    () => lock.acquire({ signal }),
    () => rlock.acquire({ signal }),
    () => rw.read({ signal }),
    () => rw.write({ signal }),
    () => semaphore.acquire({ signal }),
    () => event.wait({ signal }),
    () => empty.get({ signal }),
    () => empty.lease({ signal }),
    () => full.put(2, { signal }),
    () => left.recv({ signal }),
    () => left.poll({ signal, timeout: Infinity }),
    () => client.recv({ signal }),
    () => listener.accept({ signal }),
    () => wait([left, empty, listener], { signal }),
  ];
  const reasons: unknown[] = [];
  const ended: Promise<unknown>[] = [];
  for (let i = 0; i < WAITS; i++)
    ended.push(kinds[i % kinds.length]().catch((reason) => reasons.push(reason)));
  const waited = condition.lock
    .with(() => condition.wait({ signal }))
    .catch((reason) => reasons.push(reason));
  const stood = barrier.wait({ signal }).catch((reason) => reasons.push(reason));
  expect(listeners(signal)).toBe(1);

  const reason = new Error('the program ends');
  shutdown.abort(reason);
  await Promise.all([...ended, waited, stood]);
  expect(reasons).toHaveLength(WAITS + 2);
  expect(reasons.every((each) => each === reason)).toBe(true);
  expect(listeners(signal)).toBe(0);

  for (const guard of held) guard.release();
  barrier.close();
  condition.lock.close();
  full.tryGet();
  for (const each of open) each.close();
});

test('waits that end by themselves leave no listener', async () => {
  const { signal } = new AbortController();
  const queue = new Queue<number>();
  const gets = Array.from({ length: 100 }, () => queue.get({ signal }));
  expect(listeners(signal)).toBe(1);
  await queue.putMany(Array.from({ length: 100 }, (_, i) => i));
  await Promise.all(gets);
  expect(listeners(signal)).toBe(0);
  await expect(queue.get({ signal, timeout: 1 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
  expect(listeners(signal)).toBe(0);
  queue.close();
});

test('the results of a pool and the end of a process are waits like these', async () => {
  const program = spawnFixture(new URL('fixtures/one-signal-children.mjs', import.meta.url));
  expect(await program.rest(), program.stderr).toEqual(['1', 'enough', '0']);
  expect((await program.exited).code, program.stderr).toBe(0);
  expect(program.stderr).toBe('');
});
