import { setImmediate as turn } from 'node:timers/promises';
import { BODY, Segment } from '@mp/core/internal';
import { RWLock } from '@mp/lock';
import { eventually, freshName, leakCheck, type ObjectPeer, PATIENCE, type PeerKind } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { startPeer } from './start-peer.ts';

leakCheck();

/** Words of its segment: see docs/memory-layout.md. */
const LOCK = BODY;
const SPAN = BODY + 9;
const SLOTS = BODY + 320;

const TIMEOUT = { code: 'ERR_MP_TIMEOUT' };

describe('an RWLock in one thread', () => {
  test('has many readers or one writer', async () => {
    using rw = new RWLock();
    const reads = [await rw.read(), rw.readSync(), rw.tryRead()];
    expect([rw.readers, rw.holder, rw.tryWrite()]).toEqual([3, undefined, undefined]);
    for (const read of reads) {
      expect(rw.tryWrite()).toBeUndefined();
      read?.release();
      read?.release();
    }
    expect(rw.readers).toBe(0);
    for (const take of [() => rw.write(), () => rw.writeSync(), () => rw.tryWrite()]) {
      const write = await take();
      expect([rw.tryRead(), rw.tryWrite(), write?.recovered]).toEqual([undefined, undefined, false]);
      expect(rw.holder).toMatchObject({ pid: process.pid, threadId: 0, alive: true });
      write?.release();
      write?.release();
    }
    expect([rw.readers, rw.holder, rw.rescued]).toEqual([0, undefined, 0]);
  });

  test('withRead and withWrite pass on what the body returns, and release when it throws', async () => {
    using rw = new RWLock();
    let readers = 0;
    let most = 0;
    const read = async () => {
      most = Math.max(most, ++readers);
      await turn();
      readers--;
    };
    const write = async (guard: { token: number }) => {
      expect(readers).toBe(0);
      await turn();
      expect(readers).toBe(0);
      return guard.token;
    };
    const tasks = [1, 2, 3].flatMap(() => [rw.withRead(read), rw.withRead(read), rw.withWrite(write)]);
    const tokens = (await Promise.all(tasks)).filter((token) => token !== undefined);
    expect(most).toBeGreaterThan(1);
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    await expect(rw.withRead(() => Promise.reject(new Error('read')))).rejects.toThrow('read');
    await expect(rw.withWrite(() => Promise.reject(new Error('write')))).rejects.toThrow('write');
    expect([rw.tryWrite()?.release(), rw.rescued]).toEqual([undefined, 0]);
  });

  test('a writer that waits goes before new readers, and those that wait before the next writer', async () => {
    using rw = new RWLock();
    const order: string[] = [];
    const first = await rw.read();
    const writer = rw.withWrite(() => order.push('write'));
    await turn();
    expect(rw.tryRead()).toBeUndefined();
    const last = rw.withWrite(() => order.push('last'));
    await turn();
    const readers = [1, 2].map(() => rw.withRead(() => order.push('read')));
    await turn();
    expect(order).toEqual([]);
    first.release();
    await Promise.all([writer, last, ...readers]);
    expect(order).toEqual(['write', 'read', 'read', 'last']);
    expect(rw.rescued).toBe(0);
  });

  test.each([
    ['withRead', 'withWrite'],
    ['withWrite', 'withRead'],
  ] as const)('tasks that %s all the time do not starve one that calls %s', async (crowd, single) => {
    using rw = new RWLock();
    let isOver = false;
    const tasks = [1, 2, 3].map(async (task) => {
      while (!isOver) await rw[crowd](() => (task === 1 ? undefined : turn()));
    });
    for (let round = 0; round < 20; round++) await rw[single](() => turn(), { timeout: 20_000 });
    isOver = true;
    await Promise.all(tasks);
  });

  test('a synchronous read of a thread that reads is not held up by a writer that waits for it', async () => {
    using rw = new RWLock();
    const read = await rw.read();
    const writer = rw.write();
    await turn();
    expect(rw.tryRead()).toBeUndefined();
    rw.readSync().release();
    read.release();
    (await writer).release();
  });

  test('a synchronous wait for this thread itself is a deadlock, said at once', async () => {
    using rw = new RWLock();
    const read = await rw.read();
    expect(() => rw.writeSync()).toThrow(/this thread holds it/);
    expect(() => rw.writeSync({ timeout: 10 })).toThrow(/there are 1 reads/);
    rw.readSync().release();
    read.release();
    const write = await rw.write();
    for (const wait of [() => rw.readSync(), () => rw.writeSync()])
      expect(wait).toThrow(expect.objectContaining({ code: 'ERR_MP_DEADLOCK' }));
    write.release();
    rw.writeSync().release();
  });

  test('waits give up at the timeout, when aborted, and when it is closed', async () => {
    const rw = new RWLock();
    for (const [take, ...waits] of [
      ['write', 'read', 'write'],
      ['read', 'write'],
    ] as const) {
      const taken = rw[`${take}Sync`]();
      for (const timeout of [0, -1, 20]) {
        for (const wait of waits) {
          await expect(rw[wait]({ timeout })).rejects.toMatchObject(TIMEOUT);
          expect(() => rw[`${wait}Sync`]({ timeout })).toThrow(expect.objectContaining(TIMEOUT));
        }
      }
      for (const wait of waits) {
        const abort = new AbortController();
        const waiting = rw[wait]({ signal: abort.signal });
        await turn();
        abort.abort(7);
        await expect(waiting).rejects.toBe(7);
        await expect(rw[wait]({ signal: abort.signal })).rejects.toBe(7);
      }
      taken.release();
      // The waiters that gave up left nothing behind.
      rw.writeSync({ timeout: 0 }).release();
      rw.readSync({ timeout: 0 }).release();
    }
    expect(rw.rescued).toBe(0);
    const write = await rw.write();
    const closed = [rw.read(), rw.write()];
    rw.close();
    for (const wait of [...closed, rw.read(), rw.write()])
      await expect(wait).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    for (const use of [() => rw.readSync(), () => rw.writeSync(), () => rw.tryRead(), () => rw.tryWrite()])
      expect(use).toThrow(/RWLock: it was closed in this thread/);
    write.release();
  });

  test('what was begun before it was closed can be ended after', async () => {
    const name = freshName();
    using other = new RWLock({ name });
    const reader = new RWLock({ name });
    const read = reader.readSync();
    // A writer that waits for the readers, closed meanwhile, is none.
    const writer = new RWLock({ name });
    const waiting = writer.write();
    await turn();
    writer.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    reader.close();
    expect([other.readers, other.tryWrite(), other.holder]).toEqual([1, undefined, undefined]);
    read.release();
    expect(other.readers).toBe(0);
    const last = new RWLock({ name });
    const write = last.writeSync();
    last.close();
    expect(other.tryRead()).toBeUndefined();
    write.release();
    other.tryWrite()?.release();
    expect(other.holder).toBeUndefined();
    other.unlink();
  });

  test.each([[null], [5], [{ name: 'a/b' }], [{ name: 1 }]])('new RWLock(%o) is refused', (options) => {
    expect(() => new RWLock(options as never)).toThrow(/options must be|name must be/);
  });
});

describe.each<PeerKind>(['process', 'thread'])('an RWLock between peers (%s)', (kind) => {
  const start = async (count: number) => {
    const rw = new RWLock({ name: freshName() });
    const peers = await Promise.all(
      Array.from({ length: count }, () => startPeer(kind, 'RWLock', { name: rw.name })),
    );
    return { rw, peers };
  };
  const finish = async (rw: RWLock, peers: ObjectPeer[]) => {
    await Promise.all(peers.map((peer) => peer.end()));
    await eventually('the name is free', () => rw.unlink());
  };

  test.each(['', 'Sync'])('readers share, a writer is alone, and each is woken (%s)', async (sync) => {
    const { rw, peers } = await start(4);
    const [one, two, writer, late] = peers;
    for (let round = 0; round < 5; round++) {
      const [first, second] = [await one.call(`read${sync}`), await two.call(`read${sync}`)];
      expect(rw.readers).toBe(2);
      expect(await writer.call(`write${sync}`, { timeout: 20 })).toMatchObject(TIMEOUT);
      await writer.begin(`write${sync}`);
      await eventually('the writer is next', () => rw.holder);
      expect(await late.call(`read${sync}`, { timeout: 20 })).toMatchObject(TIMEOUT);
      await late.begin(`read${sync}`);
      await one.release(first.held);
      expect(await one.call('tryRead')).toMatchObject({ value: null });
      await two.release(second.held);
      const write = await writer.answer();
      expect(write.recovered).toBe(false);
      expect(await two.call('tryWrite')).toMatchObject({ value: null });
      await writer.release(write.held);
      await late.release((await late.answer()).held);
    }
    expect([rw.readers, rw.rescued]).toEqual([0, 0]);
    await finish(rw, peers);
  });

  test.each(['write', 'writeSync', 'tryWrite'])(
    'reads of the dead do not hold up a writer (%s)',
    async (how) => {
      const { rw, peers } = await start(3);
      const [doomed, also, writer] = peers;
      await doomed.call('readSync');
      await doomed.call('read');
      await also.call('readSync');
      if (how !== 'tryWrite') {
        await writer.begin(how);
        await eventually('the writer is next', () => rw.holder);
      }
      await doomed.kill();
      await also.kill();
      const write = how === 'tryWrite' ? await writer.call(how) : await writer.answer();
      expect(write).toMatchObject({ recovered: false });
      expect(rw.readers).toBe(0);
      await writer.release(write.held);
      await finish(rw, peers);
    },
  );

  test.each(['write', 'writeSync', 'tryWrite'])(
    'a dead writer is followed by the next (%s), which is told',
    async (how) => {
      const { rw, peers } = await start(2);
      const [doomed, writer] = peers;
      const before = await doomed.call('writeSync');
      if (how !== 'tryWrite') await writer.begin(how);
      await doomed.kill();
      const write = how === 'tryWrite' ? await writer.call(how) : await writer.answer();
      expect(write.recovered).toBe(true);
      expect(write.token).toBeGreaterThan(before.token as number);
      await writer.release(write.held);
      expect(rw.tryRead()?.recovered).toBe(false);
      await finish(rw, peers);
    },
  );

  test.each(['read', 'readSync', 'tryRead'])(
    'a dead writer does not hold up readers (%s): they are told, until a writer has been',
    async (how) => {
      const { rw, peers } = await start(2);
      const [doomed, reader] = peers;
      await doomed.call('write');
      if (how !== 'tryRead') await reader.begin(how);
      await doomed.kill();
      const read = how === 'tryRead' ? await reader.call(how) : await reader.answer();
      expect(read.recovered).toBe(true);
      const mine = rw.tryRead();
      expect(mine?.recovered).toBe(true);
      mine?.release();
      await reader.release(read.held);
      const write = rw.writeSync();
      expect(write.recovered).toBe(true);
      write.release();
      expect(rw.readSync().recovered).toBe(false);
      await finish(rw, peers);
    },
  );

  test('a writer that died before it wrote has left nothing half done', async () => {
    const { rw, peers } = await start(1);
    const read = rw.readSync();
    await peers[0].begin('writeSync');
    await eventually('the writer is next', () => rw.holder);
    await peers[0].kill();
    const again = await rw.read();
    expect(again.recovered).toBe(false);
    for (const permit of [read, again]) permit.release();
    const write = rw.writeSync();
    expect(write.recovered).toBe(false);
    write.release();
    await finish(rw, peers);
  });

  test.each([
    ['readers', 'readSync', 'writeSync'],
    ['writers', 'writeSync', 'readSync'],
  ])('%s that come and go all the time starve nobody', async (_, crowd, single) => {
    const { rw, peers } = await start(3);
    const [one, two, other] = peers;
    const crowds = [one, two].map((peer) => peer.begin('repeat', crowd, 1_000 * PATIENCE));
    await Promise.all(crowds);
    const waits: number[] = [];
    for (let round = 0; round < 20; round++) {
      const got = await other.call(single, { timeout: 20_000 });
      expect(got.held).toBeDefined();
      waits.push(got.elapsed as number);
      await other.release(got.held);
    }
    for (const peer of [one, two]) expect((await peer.answer()).value).toBeGreaterThan(10);
    expect(rw.rescued).toBe(0);
    await finish(rw, peers);
  });
});

test('more threads than there are places for readers read all the same, in turns', async () => {
  const rw = new RWLock({ name: freshName() });
  const doomed = await startPeer('process', 'RWLock', { name: rw.name });
  const write = await doomed.call('write');
  const segment = Segment.attach(`n-${rw.name}`, 'rwlock', 1);
  const { words } = segment;
  const agent = words[LOCK];
  await doomed.release(write.held);
  words[SPAN] = 64;
  for (let slot = 0; slot < 64; slot++) words[SLOTS + slot * 16] = agent;

  for (const take of [() => rw.read(), () => rw.readSync(), () => rw.tryRead()]) {
    const read = await take();
    expect([rw.readers, rw.holder?.pid, rw.tryRead(), rw.tryWrite()]).toEqual([
      0,
      process.pid,
      undefined,
      undefined,
    ]);
    const [next, writer] = [rw.read(), rw.write()];
    read?.release();
    (await next).release();
    (await writer).release();
  }
  await doomed.kill();
  // The next turn sees that they are the dead's.
  rw.readSync().release();
  const reads = [rw.readSync(), rw.readSync()];
  expect([rw.readers, rw.holder, rw.rescued]).toEqual([2, undefined, 0]);
  for (const read of reads) read.release();
  segment.close();
  rw.unlink();
});
