import { Channel } from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { type Connection, pipe } from '@mp/pipe';
import { PriorityQueue, Queue } from '@mp/queue';
import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { bytesOf, files, HEADER, me, PAGE, read } from './documented-layout.ts';

leakCheck();

test('a Queue: limits, state, counts, and a record', () => {
  const queue = new Queue({ name: 'layout-queue', maxSize: 7, maxBytes: 1000 });
  queue.putSync('abc');
  queue.putSync([1]);
  queue.getSync();
  const at = PAGE.Queue;
  const bytes = read('n-layout-queue', 32, 1, 3);
  expect(bytes.readInt32LE(at.STATE)).toBe(0);
  expect(bytes.readInt32LE(at.MAX_SIZE)).toBe(7);
  expect(bytes.readDoubleLE(at.MAX_BYTES)).toBe(1000);
  for (const field of ['MAX_ATTEMPTS', 'STORE', 'READY', 'LEASED', 'HEAP', 'TAIL_LATCH', 'HEAD_LATCH'])
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

test('shapes: their keys once in the table, and their numbers in messages', () => {
  const queue = new Queue<unknown>({ name: 'layout-shapes' });
  for (const id of [1, 2]) queue.putSync({ id, é: [{ a: id }] });
  queue.putSync([{ a: 3 }, null]);
  const bytes = read('n-layout-shapes', 32, 1, 3);
  const table = PAGE.Queue.SHAPES;
  const { WRITER, END, ENTRIES } = PAGE.Shapes;
  expect(bytes.readInt32LE(table + WRITER)).toBe(0);
  const entries = Buffer.from([2, 2, 0x69, 0x64, 2, 0xc3, 0xa9, 1, 1, 0x61]);
  expect(bytes.readInt32LE(table + END)).toBe(entries.length);
  expect(bytes.subarray(table + ENTRIES, table + ENTRIES + entries.length)).toEqual(entries);
  const first = PAGE.Queue.RING_0;
  const plain = bytes.readUInt32LE(first);
  const second = first + 8 + ((plain + 7) & ~7);
  const messageAt = (at: number) => bytes.subarray(at + 8, at + 8 + bytes.readUInt32LE(at));
  expect(messageAt(second)).toEqual(Buffer.from([0xc1, 0, 2, 0x91, 0xc1, 1, 2]));
  expect(messageAt(second + 16)).toEqual(Buffer.from([0xc1, 0xff, 0x92, 0xc1, 1, 3, 0xc0]));
  queue.unlink();
});

test('a pipe notes which messages have shapes', () => {
  const others = files('s-');
  const [left, right] = pipe();
  const file = files('s-').find((each) => !others.includes(each)) as string;
  for (const id of [1, 2]) right.sendSync({ id });
  const bytes = bytesOf(file);
  const at = PAGE.Pipe;
  expect(bytes.readInt32LE(at.SHAPES + PAGE.Shapes.END)).toBe(4);
  expect([0, 16].map((record) => bytes.readUInt32LE(at.RIGHT_RING_0 + record + 4))).toEqual([0, 1]);
  left.close();
  right.close();
});

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

test('a store: its counts, a leased, a ready and a dead record, and which is next', () => {
  const queue = new PriorityQueue<string>({ name: 'layout-store', maxAttempts: 1 });
  queue.putSync('dead', { priority: 1 });
  queue.putSync('leased', { priority: 2 });
  queue.putSync('ready', { priority: 2.5 });
  queue.leaseSync().retry();
  queue.leaseSync();
  queue.putSync('abc');
  const at = PAGE.Queue;
  const bytes = read('n-layout-store', 38, 1, 3);
  const words = ['MAX_ATTEMPTS', 'STORE', 'READY', 'LEASED', 'LETTERS', 'OUT', 'DONE', 'HEAP'];
  // 4 were put, 3 were moved, of which one is ready: so 2 are out, and the dead letter is done with.
  expect(words.map((field) => bytes.readInt32LE(at[field]))).toEqual([1, 2, 1, 1, 1, 2, 1, 1]);
  const floats = ['SEQUENCE', 'READY_BYTES'].map((field) => bytes.readDoubleLE(at[field]));
  expect(floats).toEqual([3, 6 + 8]);
  expect(records(bytes, at.RINGS)).toMatchObject({ written: 4, read: 3 });
  const list = read('n-layout-store+2', 39, 0);
  expect(list.readInt32LE(PAGE.Store.CHUNKS)).toBe(1);
  const chunk = [0, 4, 8, 12].map((offset) => list.readInt32LE(PAGE.Store.LIST + offset));
  expect(chunk).toEqual([3, 64, 256, 3]);
  const cells = read('n-layout-store+3', 51, 0);
  const record = (cell: number) => {
    const start = 256 + cell * 64;
    const message = start + 32;
    return {
      words: [0, 4, 8, 12].map((offset) => cells.readInt32LE(start + offset)),
      floats: [16, 24].map((offset) => cells.readDoubleLE(start + offset)),
      text: cells.toString('latin1', message + 1, message + cells.readInt32LE(start + 8)),
    };
  };
  expect(record(0)).toEqual({ words: [2 ** 30 + 1, 1, 5, 1], floats: [1, 1], text: 'dead' });
  expect(record(1)).toEqual({ words: [me(), 0, 7, 1], floats: [2, 2], text: 'leased' });
  expect(record(2)).toEqual({ words: [2 ** 30, 0, 6, 0], floats: [3, 2.5], text: 'ready' });
  const heap = read('n-layout-store+1', 52, 0, 2);
  expect([0, 8, 16].map((offset) => heap.readDoubleLE(296 + offset))).toEqual([2.5, 3, 2]);
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

test('the line to a spare: who it is, and who keeps it', async () => {
  const program = spawnFixture(new URL('fixtures/spare-line.mjs', import.meta.url));
  const { bytes, agents } = JSON.parse(await program.line());
  const line = Buffer.from(bytes, 'base64');
  const ids = [PAGE.Channel.SPARE, PAGE.Channel.KEEPER].map((at) => line.readInt32LE(at));
  expect(line.readUInt32LE(HEADER.KIND)).toBe(43);
  expect(agents).toEqual(expect.arrayContaining(ids));
  expect(new Set(ids).size).toBe(2);
  await program.exited;
});

test('a channel: sizes, and where its two directions are', () => {
  const channel = Channel.create(1536);
  channel.send(Buffer.from('hello'), 9);
  const at = PAGE.Channel;
  const bytes = read(channel.segment.file, 41, 0, 2);
  expect(bytes.readInt32LE(at.RING_BYTES)).toBe(1536);
  expect([bytes.readInt32LE(at.GATE), bytes.readInt32LE(at.UPTO)]).toEqual([0, 0]);
  expect(records(bytes, at.DOWN)).toMatchObject({ written: 1, read: 0 });
  expect(records(bytes, at.UP)).toMatchObject({ written: 0, read: 0 });
  expect([bytes.readUInt32LE(at.DOWN_RING_0), bytes.readUInt32LE(at.DOWN_RING_0 + 4)]).toEqual([5, 9]);
  expect(bytes.toString('latin1', at.DOWN_RING_0 + 8, at.DOWN_RING_0 + 13)).toBe('hello');
  expect(bytes.length).toBe(at.DOWN_RING_0 + 2 * 1536);
  const other = Channel.attach(channel.segment.file);
  other.take(other.peek()!);
  const seen = () => bytesOf(channel.segment.file).readDoubleLE(at.DOWN + PAGE.Rings.SEEN);
  expect(seen()).toBe(0);
  // It does not fit behind the first one: the writer looks where the reader is, and goes on in the next ring.
  channel.send(Buffer.alloc(1512), 9);
  expect(seen()).toBe(16 / 8);
  other.take(other.peek()!);
  channel.send(Buffer.alloc(6000), 9);
  expect(seen()).toBe(
    2 ** 22 * bytesOf(channel.segment.file).readUInt32LE(at.DOWN + PAGE.Rings.HEAD_SLOTS) + 1520 / 8,
  );
  other.close();
  channel.close();
});

test('a pipe: sizes, rings, the owners of its ends, and one on its way', async () => {
  const others = files('s-');
  const [left, right] = pipe();
  const at = PAGE.Pipe;
  const end = PAGE['End of a pipe'];
  const file = files('s-').find((each) => !others.includes(each)) as string;
  right.sendBytesSync(Buffer.from('hello'));
  const reading = right.recv();
  left.sendSync('read');
  await reading;
  while (left.trySendBytes(Buffer.alloc(100_000)));
  const sending = left.send('waits');
  const bytes = read(file, 40, 0, 3);
  const word = (offset: number) => bytes.readInt32LE(offset);
  expect([word(at.DUPLEX), bytes.length]).toEqual([1, at.RIGHT_RING_0 + 2 * word(at.RING_BYTES)]);
  for (const side of [at.LEFT_END, at.RIGHT_END]) {
    expect([word(side + end.STATE), word(side + end.MOVES)]).toEqual([me(), 0]);
  }
  expect(records(bytes, at.RIGHT_SENT)).toMatchObject({ written: 1, read: 0 });
  expect(records(bytes, at.LEFT_SENT).read).toBe(1);
  expect([word(at.RIGHT_RING_0), word(at.RIGHT_RING_0 + 4)]).toEqual([5, 0]);
  expect(bytes.toString('latin1', at.RIGHT_RING_0 + 8, at.RIGHT_RING_0 + 13)).toBe('hello');
  expect(
    [at.LEFT_RECEIVE, at.RIGHT_RECEIVE, at.LEFT_SEND, at.RIGHT_SEND].map((table) =>
      word(table + PAGE['Waiter table'].SPAN),
    ),
  ).toEqual([0, 1, 1, 0]);
  left.close();
  await expect(sending).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  expect(bytesOf(file).readInt32LE(at.LEFT_END + end.STATE)).toBe(0);
  const queue = new Queue({ name: 'layout-carrier' });
  queue.putSync(right);
  const moved = bytesOf(file).subarray(at.RIGHT_END);
  expect([moved.readInt32LE(end.STATE), moved.readInt32LE(end.MOVES)]).toEqual([(1 << 30) | 1, 1]);
  expect(moved.toString('latin1', end.PIN, end.PIN + moved.readInt32LE(end.PIN_LENGTH))).toBe(
    'n-layout-carrier+1',
  );
  (queue.getSync() as Connection).close();
  queue.unlink();
});
