import { Manager, type ManagerServer, type RemoteJoinableQueue, type RemoteQueue } from '@mp/manager';
import { eventually, freshName, leakCheck, ObjectPeer } from '@mp/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

leakCheck();

/* What becomes of items when clients are killed. 127.0.0.2 is this machine too, but a client cannot know that: it stays on the socket. */
const LONG = { timeout: 20_000 };
const PROGRAM = new URL('./fixtures/queue-client.mjs', import.meta.url);

describe.each([
  ['near', '127.0.0.1'],
  ['far', '127.0.0.2'],
])('%s', (_, host) => {
  let server: ManagerServer;
  let manager: Manager;
  const peers: ObjectPeer[] = [];
  const names: string[] = [];

  beforeAll(async () => {
    server = await Manager.serve({ host, port: 0 }, { authKey: 'key' });
    manager = await Manager.connect(server.address, { authKey: 'key' });
  });

  afterEach(async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.end()));
    for (const name of names.splice(0)) await manager.unlink(name);
  });

  afterAll(async () => {
    await manager.close();
    await server.shutdown();
  });

  async function make<T>(options = {}): Promise<[RemoteQueue<T>, string]> {
    const name = freshName();
    names.push(name);
    return [await manager.queue<T>({ name, ...options }), name];
  }

  async function peerOf(name: string, kind = 'queue'): Promise<ObjectPeer> {
    const peer = await ObjectPeer.run(PROGRAM, 'process', kind, [server.address, name]);
    peers.push(peer);
    return peer;
  }

  test('a consumer that is killed while it waits takes nothing along', async () => {
    const [queue, name] = await make<string>();
    const doomed = await peerOf(name);
    await doomed.call('start', ['get'], ['getMany', 5], ['next'], ['lease']);
    const killed = doomed.kill();
    // The server may not have seen yet that it is dead, and hands items out to it.
    await queue.putMany(['a', 'b', 'c']);
    await killed;
    await queue.put('d');
    const got: string[] = [];
    while (got.length < 4) got.push(await queue.get(LONG));
    expect(got.toSorted()).toEqual(['a', 'b', 'c', 'd']);
    await eventually('the server has seen it', () => server.clients === 1);
    expect(await queue.size).toBe(0);
  });

  test('what a consumer was granted, and had not read when it was killed, has its old place', async () => {
    const [queue, name] = await make<string>();
    const doomed = await peerOf(name);
    await doomed.call('start', ['get'], ['getMany', 2], ['lease']);
    // It is alive, and reads nothing.
    process.kill(doomed.pid, 'SIGSTOP');
    await queue.putMany(['a', 'b', 'c', 'd', 'e']);
    expect(await queue.size).toBe(1);
    await queue.put('f');
    await doomed.kill();
    await eventually('all is back', async () => (await queue.size) === 6);
    const lease = await queue.lease();
    // Nothing of it had been read: no attempt.
    expect([lease.value, lease.attempt]).toEqual(['a', 1]);
    await lease.ack();
    expect(await queue.getMany(2)).toEqual(['b', 'c']);
    expect(await queue.lease()).toMatchObject({ value: 'd', attempt: 1 });
    expect(await queue.getMany(9)).toEqual(['e', 'f']);
  });

  test('what a loop has given stays given, and what it had not got yet stays in the queue', async () => {
    const [queue, name] = await make<number>();
    const doomed = await peerOf(name);
    await queue.putMany(Array.from({ length: 500 }, (_, item) => item));
    await doomed.begin('tell');
    const told: number[] = [];
    while (told.length < 100) told.push(((await doomed.answer()) as { item: number }).item);
    await doomed.kill();
    await eventually('the server has seen it', () => server.clients === 1);
    const rest = await queue.tryGetMany(1_000);
    expect(rest).toEqual(Array.from({ length: rest.length }, (_, index) => 500 - rest.length + index));
    expect(told).toEqual(Array.from({ length: 100 }, (_, item) => item));
    // It may have told more before it was killed; none that is there was got.
    expect(rest[0]).toBeGreaterThanOrEqual(100);
  });

  test('leases of a killed client come back to their places and count an attempt; then they are dead letters', async () => {
    const [queue, name] = await make<string>({ maxAttempts: 2 });
    await queue.putMany(['first', 'second', 'third']);
    for (const attempt of [1, 2]) {
      const doomed = await peerOf(name);
      expect((await doomed.call('hold')).value).toEqual({ value: 'first', attempt });
      expect((await doomed.call('hold')).value).toEqual({ value: 'second', attempt });
      expect(await queue.size).toBe(1);
      await doomed.kill();
      const left = attempt === 1 ? 3 : 1;
      await eventually('they are back', async () => (await queue.size) === left && server.clients === 1);
    }
    expect([await queue.deadLetters.get(), await queue.deadLetters.get()]).toEqual(['first', 'second']);
    expect(await queue.get()).toBe('third');
  });

  test('a worker that is killed does not make join() hang', async () => {
    const name = freshName();
    names.push(name);
    const queue: RemoteJoinableQueue<string> = await manager.joinableQueue({ name });
    const doomed = await peerOf(name, 'joinableQueue');
    await queue.putMany(['a', 'b', 'c']);
    expect((await doomed.call('getMany', 2)).value).toEqual(['a', 'b']);
    const joined = queue.join(LONG);
    await doomed.kill();
    const got: string[] = [];
    for (let left = 3; left > 0; left--) {
      got.push(await queue.get(LONG));
      await queue.taskDone();
    }
    await joined;
    expect(got.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('a producer that is killed has put what was accepted, and nothing of what waits', async () => {
    const [queue, name] = await make<string>({ maxSize: 2 });
    const doomed = await peerOf(name);
    await queue.put('mine');
    await doomed.call('put', 'accepted');
    await doomed.call('start', ['put', 'waits'], ['putMany', ['waits', 'too']]);
    const behind = queue.put('behind');
    await doomed.kill();
    await eventually('the server has seen it', () => server.clients === 1);
    expect(await queue.getMany(9)).toEqual(['mine', 'accepted']);
    await behind;
    expect(await queue.getMany(9)).toEqual(['behind']);
    expect(await queue.tryGet()).toBeUndefined();
  });

  test('a put that was accepted stays, also when its client never read that', async () => {
    const [queue, name] = await make<string>({ maxSize: 1 });
    const doomed = await peerOf(name);
    await queue.put('mine');
    await doomed.call('start', ['put', 'waits']);
    process.kill(doomed.pid, 'SIGSTOP');
    expect(await queue.get()).toBe('mine');
    await doomed.kill();
    await eventually('the server has seen it', () => server.clients === 1);
    expect(await queue.get()).toBe('waits');
  });
});
