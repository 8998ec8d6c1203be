import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Channel } from '@mp/core/internal';
import { Barrier, Condition, Event, Lock, RLock, RWLock, Semaphore } from '@mp/lock';
import { Queue } from '@mp/queue';
import { Value } from '@mp/shared';
import { eventually, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/** The tables of the page: section → field → offset. */
const PAGE = layouts(readFileSync(new URL('../../../docs/memory-layout.md', import.meta.url), 'utf8'));
const HEADER = PAGE.Header;
const MAGIC = 0x3153504d;

function layouts(page: string): Record<string, Record<string, number>> {
  return Object.fromEntries(
    page
      .split(/^## /m)
      .map((section) => [
        section.slice(0, section.indexOf('\n')),
        Object.fromEntries(
          [...section.matchAll(/^\| (\d+) \| ([A-Z_0-9]+) \|/gm)].map(([, at, field]) => [field, Number(at)]),
        ),
      ]),
  );
}

const path = (file: string) => join(process.env.MP_DIR!, file);
const files = (start: string) => readdirSync(process.env.MP_DIR!).filter((file) => file.startsWith(start));
/** What the file holds at this moment, with the kernel's own means. */
const bytesOf = (file: string) => readFileSync(path(file));

/** Checks the header of `file`. @returns its bytes */
function read(file: string, kind: number, flags: number): Buffer {
  const bytes = bytesOf(file);
  const word = (field: string) => bytes.readUInt32LE(HEADER[field]);
  expect({
    magic: word('MAGIC'),
    version: word('VERSION'),
    kind: word('KIND'),
    flags: word('FLAGS'),
    size: bytes.readDoubleLE(HEADER.SIZE),
    pid: word('PID'),
    name: bytes.toString('latin1', HEADER.NAME, HEADER.NAME + word('NAME_LENGTH')),
  }).toEqual({ magic: MAGIC, version: 1, kind, flags, size: bytes.length, pid: process.pid, name: file });
  const age = Date.now() - bytes.readDoubleLE(HEADER.CREATED);
  expect(age).toBeGreaterThanOrEqual(0);
  expect(age).toBeLessThan(60_000);
  return bytes;
}

/** The id of the agent that this thread is. */
const me = () => Number(files('a-')[0].slice(2));

test('a Lock: owner, token, and when it was first seen held', () => {
  const lock = new Lock({ name: 'layout-lock' });
  const at = PAGE.Lock;
  const free = read('n-layout-lock', 2, 1);
  expect(free.readInt32LE(at.LOCK)).toBe(0);
  const held = lock.acquireSync();
  const { since } = lock.holder!;
  const bytes = bytesOf('n-layout-lock');
  expect(bytes.readInt32LE(at.LOCK)).toBe(me());
  expect(bytes.readDoubleLE(at.TOKEN)).toBe(held.token);
  expect(bytes.readDoubleLE(at.SINCE_TOKEN)).toBe(held.token);
  expect(bytes.readDoubleLE(at.SINCE)).toBe(since.getTime());
  held.release();
  expect(bytesOf('n-layout-lock').readInt32LE(at.LOCK)).toBe(0);
  lock.unlink();
});

test('a room: who waits, under which ticket', async () => {
  const lock = new Lock({ name: 'layout-room' });
  const held = lock.acquireSync();
  const waiting = lock.acquire();
  const bytes = bytesOf('n-layout-room');
  const room = PAGE.Lock.ROOM;
  expect(bytes.readInt32LE(PAGE.Lock.LOCK) >>> 31).toBe(1);
  expect(bytes.readInt32LE(room + PAGE.Room.TICKET)).toBe(1);
  expect(bytes.readInt32LE(room + PAGE.Room.SPAN)).toBe(1);
  expect(bytes.readInt32LE(room + PAGE.Room.ENTRIES)).toBe(me());
  held.release();
  expect(bytesOf('n-layout-room').readInt32LE(room + PAGE.Room.ENTRIES)).toBe((me() | (1 << 30)) >> 0);
  (await waiting).release();
  expect(bytesOf('n-layout-room').readInt32LE(room + PAGE.Room.ENTRIES)).toBe(0);
  expect(bytesOf('n-layout-room').readInt32LE(room + PAGE.Room.RESCUED)).toBe(0);
  lock.unlink();
});

test('an RLock is a Lock of another kind', () => {
  const lock = new RLock({ name: 'layout-rlock' });
  lock.acquireSync();
  lock.acquireSync();
  const bytes = read('n-layout-rlock', 3, 1);
  expect([bytes.length, bytes.readInt32LE(PAGE.Lock.LOCK)]).toEqual([PAGE.Value.TYPE, me()]);
  lock.unlink();
});

test('an RWLock: a slot for each reader, and whether it is being written', async () => {
  const rw = new RWLock({ name: 'layout-rwlock' });
  const at = PAGE.RWLock;
  const reads = [rw.readSync(), rw.readSync()];
  const bytes = read('n-layout-rwlock', 4, 1);
  expect([bytes.readInt32LE(at.LOCK), bytes.readInt32LE(at.WRITING), bytes.readInt32LE(at.SPAN)]).toEqual([
    0, 0, 1,
  ]);
  expect([bytes.readInt32LE(at.SLOTS), bytes.readInt32LE(at.SLOTS + 4)]).toEqual([me(), 2]);
  expect(bytes.length).toBe(at.SLOTS + 64 * 64);
  const writing = rw.write();
  const room = bytesOf('n-layout-rwlock').subarray(at.DRAIN);
  expect([room.readInt32LE(PAGE.Room.ANNOUNCED), room.readInt32LE(PAGE.Room.ENTRIES)]).toEqual([1, me()]);
  for (const each of reads) each.release();
  const write = await writing;
  expect(bytesOf('n-layout-rwlock').readInt32LE(at.LOCK) & ~(3 << 30)).toBe(me());
  expect(bytesOf('n-layout-rwlock').readInt32LE(at.WRITING)).toBe(1);
  write.release();
  rw.unlink();
});

test('a Semaphore: a count, or a place for each permit', () => {
  const plain = new Semaphore(3, { name: 'layout-semaphore' });
  plain.acquireSync();
  const at = PAGE.Semaphore;
  const bytes = read('n-layout-semaphore', 5, 1);
  expect(['COUNT', 'INITIAL', 'FLAGS', 'PLACES'].map((field) => bytes.readInt32LE(at[field]))).toEqual([
    2, 3, 0, 0,
  ]);
  plain.unlink();
  const recovering = new Semaphore(3, { name: 'layout-semaphore', recover: true });
  recovering.acquireSync();
  const places = read('n-layout-semaphore', 5, 1);
  expect(['COUNT', 'INITIAL', 'FLAGS', 'PLACES'].map((field) => places.readInt32LE(at[field]))).toEqual([
    0, 3, 2, 3,
  ]);
  expect([0, 4, 8].map((offset) => places.readInt32LE(at.TABLE + offset))).toEqual([me(), 1, 0]);
  recovering.unlink();
});

test('a Condition: its lock, or where that is, and its tickets', async () => {
  const at = PAGE.Condition;
  const cond = new Condition(undefined, { name: 'layout-condition' });
  const notified = cond.with(() => cond.wait());
  await new Promise(setImmediate);
  const bytes = read('n-layout-condition', 6, 1);
  expect([at.LOCK, at.LOCK_CLASS, at.NEXT].map((offset) => bytes.readInt32LE(offset))).toEqual([0, 0, 1]);
  expect([0, 4].map((offset) => bytes.readInt32LE(at.TICKETS + offset))).toEqual([me(), 0]);
  expect(bytes.readInt32LE(at.ROOM + PAGE.Room.ENTRIES)).toBe(me());
  expect(bytes.length).toBe(at.TICKETS + 64 * 16);
  const guard = cond.acquireSync();
  cond.notify();
  const after = bytesOf('n-layout-condition');
  expect(after.readInt32LE(at.LOCK)).toBe(me());
  expect([0, 8].map((offset) => after.readInt32LE(at.TICKETS + offset))).toEqual([me() | (1 << 30), 1]);
  guard.release();
  expect(await notified).toBe(true);

  const waits = Array.from({ length: 65 }, () => cond.with(() => cond.wait()));
  await new Promise(setImmediate);
  expect(bytesOf('n-layout-condition').readInt32LE(at.EXTRA)).toBe(1);
  const table = read('n-layout-condition+1', 9, 0);
  expect([0, 4].map((offset) => table.readInt32LE(256 + offset))).toEqual([me(), 65]);
  expect(table.length).toBe(256 + 256 * 16);
  await cond.with(() => cond.notifyAll());
  await Promise.all(waits);
  cond.unlink();

  const lock = new Lock({ name: 'layout-of-condition' });
  const other = new Condition(lock, { name: 'layout-condition' });
  const given = read('n-layout-condition', 6, 1);
  expect([at.LOCK_CLASS, at.LOCK_HOST, at.LOCK_VERSION].map((offset) => given.readInt32LE(offset))).toEqual([
    2, 2, 1,
  ]);
  expect(given.toString('latin1', at.LOCK_FILE, given.indexOf(0, at.LOCK_FILE))).toBe(
    'n-layout-of-condition',
  );
  other.unlink();
  lock.unlink();
});

test('an Event: how often it was set', () => {
  const event = new Event({ name: 'layout-event' });
  event.set();
  event.clear();
  event.set();
  expect(read('n-layout-event', 7, 1).readInt32LE(PAGE.Event.STATE)).toBe(5);
  event.unlink();
});

test('a Barrier: its generation, and who has come', async () => {
  const barrier = new Barrier(2, { name: 'layout-barrier' });
  await Promise.all([barrier.wait(), barrier.wait()]);
  const waiting = barrier.wait();
  const at = PAGE.Barrier;
  const bytes = read('n-layout-barrier', 8, 1);
  expect([at.PHASE, at.PARTIES, at.BROKEN_GENERATIONS].map((offset) => bytes.readInt32LE(offset))).toEqual([
    4, 2, 0,
  ]);
  expect([0, 4, 8, 12].map((offset) => bytes.readInt32LE(at.SLOTS + offset))).toEqual([me(), 1, 0, 1]);
  expect(bytes.length).toBe(at.SLOTS + 16);
  await barrier.wait();
  await waiting;
  barrier.unlink();
});

test('an agent that waits for an owner says so, and in words', async () => {
  const lock = new Lock({ name: 'layout-waits-for' });
  const guard = lock.acquireSync();
  const mine = me();
  const waiter = spawnFixture(new URL('fixtures/wait-for-lock.mjs', import.meta.url), { args: [lock.name!] });
  const id = await waiter.line();
  const page = () => bytesOf(`a-${id}`);
  await eventually('it waits', () => page().readInt32LE(PAGE.Agent.WAITS_FOR) === mine);
  await eventually('it looks', () => page().readInt32LE(PAGE.Agent.LOOKS) > 1);
  const bytes = page();
  const title = bytes.toString('latin1', PAGE.Agent.TITLE, bytes.indexOf(0, PAGE.Agent.TITLE));
  expect([title, bytes.readInt32LE(PAGE.Agent.STAYS), bytes.readInt32LE(PAGE.Agent.WAIT)]).toEqual([
    'Lock "layout-waits-for"',
    0,
    1,
  ]);
  guard.release();
  expect(await waiter.line()).toBe('got');
  expect([page().readInt32LE(PAGE.Agent.WAITS_FOR), page().readInt32LE(PAGE.Agent.WAIT)]).toEqual([0, 2]);
  await waiter.kill();
  lock.unlink();
});

test('an agent: its page, its doorbell, and how it is woken', () => {
  const id = me();
  const bytes = read(`a-${id}`, 1, 0);
  expect(bytes.readUInt32LE(HEADER.AGENT)).toBe(id);
  // Vitest runs this file in the main thread of a process; it waited in its event loop a moment ago.
  expect(bytes.readInt32LE(PAGE.Agent.THREAD)).toBe(0);
  expect([0, 2]).toContain(bytes.readInt32LE(PAGE.Agent.MODE));
  expect(bytes.readInt32LE(PAGE.Agent.WAITS_FOR)).toBe(0);
  expect(files('d-')).toEqual([`d-${id}`]);
});

test('a Value: its type and number, behind its lock', () => {
  const value = new Value('f64', 1.5, { name: 'layout-value' });
  const bytes = read('n-layout-value', 16, 1);
  expect(bytes.readDoubleLE(PAGE.Value.NUMBER)).toBe(1.5);
  const type = bytes.readUInt32LE(PAGE.Value.TYPE);
  expect(type).toBeGreaterThan(0);
  value.lock.acquireSync();
  expect(bytesOf('n-layout-value').readInt32LE(PAGE.Value.LOCK)).toBe(me());
  value.lock.release();
  value.unlink();
  const other = new Value('i32', -2, { name: 'layout-value' });
  const otherBytes = read('n-layout-value', 16, 1);
  expect(otherBytes.readInt32LE(PAGE.Value.NUMBER)).toBe(-2);
  expect(otherBytes.readUInt32LE(PAGE.Value.TYPE)).not.toBe(type);
  other.unlink();
});

test('a Queue: limits, state, counts, and a record', () => {
  const queue = new Queue({ name: 'layout-queue', maxSize: 7, maxBytes: 1000 });
  queue.putSync('abc');
  queue.putSync([1]);
  queue.getSync();
  const at = PAGE.Queue;
  const bytes = read('n-layout-queue', 32, 1);
  expect(bytes.readInt32LE(at.STATE)).toBe(0);
  expect(bytes.readInt32LE(at.MAX_SIZE)).toBe(7);
  expect(bytes.readDoubleLE(at.MAX_BYTES)).toBe(1000);
  for (const field of ['VARIANT', 'STORE', 'RETURNED', 'TAIL_LATCH', 'HEAD_LATCH'])
    expect(bytes.readInt32LE(at[field]), field).toBe(0);
  expect(records(bytes, at.RINGS)).toEqual({ written: 2, read: 1, ring: 0, position: 16, payload: 4 });
  // 'abc' in msgpack, then [1].
  const first = at.RING_0;
  expect([bytes.readUInt32LE(first), bytes.readUInt32LE(first + 4)]).toEqual([4, 0]);
  expect(bytes.subarray(first + 8, first + 12)).toEqual(Buffer.from([0xa3, 0x61, 0x62, 0x63]));
  expect(bytes.readUInt32LE(first + 16)).toBe(2);
  expect(bytes.subarray(first + 24, first + 26)).toEqual(Buffer.from([0x91, 1]));
  queue.shutdown();
  expect(bytesOf('n-layout-queue').readInt32LE(at.STATE)).toBe(1);
  queue.unlink();
});

/** The reader's side of control lines that begin at `base`. */
function records(bytes: Buffer, base: number) {
  const tail = bytes.readInt32LE(base + PAGE.Rings.TAIL);
  const head = bytes.readInt32LE(base + PAGE.Rings.HEAD);
  const slot = base + PAGE.Rings.HEAD_SLOTS + (head & 1) * 16;
  return {
    written: tail >>> 1,
    read: head >>> 1,
    ring: bytes.readUInt32LE(slot),
    position: bytes.readUInt32LE(slot + 4),
    payload: bytes.readDoubleLE(slot + 8),
  };
}

test('large messages and handles are satellites', () => {
  const queue = new Queue<unknown>({ name: 'layout-large' });
  queue.putSync(Buffer.alloc(5 << 20, 7));
  const bytes = bytesOf('n-layout-large');
  const record = PAGE.Queue.RING_0;
  expect(bytes.readUInt32LE(HEADER.SATELLITES)).toBe(1);
  expect([bytes.readUInt32LE(record), bytes.readUInt32LE(record + 4) >>> 31]).toEqual([16, 1]);
  expect([bytes.readUInt32LE(record + 8), bytes.readDoubleLE(record + 16)]).toEqual([1, (5 << 20) + 5]);
  const message = read('n-layout-large+1', 34, 0);
  expect(message.subarray(256 + 5, 256 + 8)).toEqual(Buffer.from([7, 7, 7]));
  queue.getSync();
  const lock = new Lock();
  const [file] = files('s-');
  queue.putSync(lock);
  expect(files('n-layout-large+')).toEqual(['n-layout-large+2']);
  read(file, 2, 0);
  expect(bytesOf('n-layout-large+2')).toEqual(bytesOf(file));
  (queue.getSync() as Lock).close();
  lock.close();
  queue.unlink();
});

test('a ring of its own is a satellite, and the old one names it', () => {
  const queue = new Queue({ name: 'layout-growth' });
  const text = 'x'.repeat(100_000);
  for (let count = 0; count < 3; count++) queue.putSync(text);
  const bytes = bytesOf('n-layout-growth');
  const jump = PAGE.Queue.RING_0 + 2 * (8 + 100_008);
  expect([bytes.readUInt32LE(jump), bytes.readUInt32LE(jump + 4)]).toEqual([0xfffffffe, 1]);
  expect(read('n-layout-growth+1', 33, 0).readUInt32LE(256)).toBe(100_005);
  queue.unlink();
});

test('a channel: sizes, and where its two directions are', () => {
  const channel = Channel.create(1536);
  channel.send(Buffer.from('hello'), 9);
  const at = PAGE.Channel;
  const bytes = read(channel.segment.file, 41, 0);
  expect(bytes.readInt32LE(at.RING_BYTES)).toBe(1536);
  expect([bytes.readInt32LE(at.GATE), bytes.readInt32LE(at.UPTO)]).toEqual([0, 0]);
  expect(records(bytes, at.DOWN)).toMatchObject({ written: 1, read: 0 });
  expect(records(bytes, at.UP)).toMatchObject({ written: 0, read: 0 });
  expect([bytes.readUInt32LE(at.DOWN_RING_0), bytes.readUInt32LE(at.DOWN_RING_0 + 4)]).toEqual([5, 9]);
  expect(bytes.toString('latin1', at.DOWN_RING_0 + 8, at.DOWN_RING_0 + 13)).toBe('hello');
  expect(bytes.length).toBe(at.DOWN_RING_0 + 2 * 1536);
  channel.close();
});

test('the floor of tokens lies above what was removed', () => {
  const lock = new Lock({ name: 'layout-floor' });
  const held = lock.acquireSync();
  held.release();
  lock.unlink();
  expect(read('t-tokens', 48, 0).readDoubleLE(PAGE.Tokens.FLOOR)).toBeGreaterThan(held.token);
});

test('the files of the directory are those of the page', async () => {
  const program = spawnFixture(new URL('fixtures/parent.mjs', import.meta.url));
  expect(await program.line()).toBe('started');
  const kinds = new Set(readdirSync(process.env.MP_DIR!).map((file) => file.replace(/^(\w-|\.).*/, '$1')));
  expect([...kinds].sort()).toEqual(['a-', 'd-', 'p-', 's-', 't-']);
  program.say('end');
  expect((await program.exited).code, program.stderr).toBe(0);
});
