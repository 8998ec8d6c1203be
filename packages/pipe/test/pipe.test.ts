import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Connection, pipe } from '@mp/pipe';
import { eventually, leakCheck } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

leakCheck();

const CLOSED = { code: 'ERR_MP_CLOSED' };
let left: Connection;
let right: Connection;

beforeEach(() => {
  [left, right] = pipe();
});
afterEach(() => {
  left.close();
  right.close();
});

describe('making a pipe', () => {
  test.each([[null], [1], ['duplex']])('refuses %o as options', (options) => {
    expect(() => pipe(options as never)).toThrow(/options must be an object like \{ duplex \}/);
  });

  test('refuses a duplex that is no boolean, and a connection made by hand', () => {
    expect(() => pipe({ duplex: 1 as never })).toThrow(TypeError);
    expect(() => new Connection(undefined as never)).toThrow(/made by pipe\(\)/);
  });

  test('a duplex pipe reads and writes at both ends', async () => {
    expect([left.readable, left.writable, right.readable, right.writable]).toEqual(Array(4).fill(true));
    left.sendSync('there');
    await right.send('and back');
    expect([right.recvSync(), await left.recv()]).toEqual(['there', 'and back']);
  });

  test('a simplex pipe reads at the first end and writes at the second', async () => {
    const [reader, writer] = pipe({ duplex: false });
    expect([reader.readable, reader.writable, writer.readable, writer.writable]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    writer.sendSync(1);
    expect(reader.recvSync()).toBe(1);
    const reads = ['recvSync', 'tryRecv', 'recvBytesSync', 'tryRecvBytes', 'pollSync'] as const;
    for (const read of reads) expect(() => writer[read]()).toThrow(/write-only/);
    expect(() => writer.recvBytesIntoSync(new Uint8Array(1))).toThrow(/write-only/);
    const bytes = Buffer.from('a');
    const writes = [
      () => reader.sendSync(1),
      () => reader.trySend(1),
      () => reader.sendBytesSync(bytes),
      () => reader.trySendBytes(bytes),
    ];
    for (const write of writes) expect(write).toThrow(/read-only/);
    for (const promise of [writer.recv(), writer.recvBytes(), writer.poll(), writer.recvBytesInto(bytes)]) {
      await expect(promise).rejects.toThrow(TypeError);
    }
    for (const promise of [reader.send(1), reader.sendBytes(bytes)]) {
      await expect(promise).rejects.toThrow(/read-only/);
    }
    reader.close();
    writer.close();
  });

  test('a reader that waits and meets a message longer than maxLength is told so, and closed', async () => {
    const [reader, writer] = pipe({ duplex: false });
    const first = reader.recvBytes({ maxLength: 3 });
    const second = reader.recv();
    writer.sendBytesSync(Buffer.from('long'));
    await expect(first).rejects.toMatchObject({ code: 'ERR_MP_MESSAGE_TOO_LONG' });
    await expect(second).rejects.toMatchObject(CLOSED);
    expect(reader.closed).toBe(true);
    writer.close();
  });

  test('a reader that met a message longer than maxLength is closed', () => {
    const [reader, writer] = pipe({ duplex: false });
    writer.sendBytesSync(Buffer.from('long'));
    expect(() => reader.recvBytesSync({ maxLength: 3 })).toThrow(/4 bytes: maxLength is 3/);
    expect(reader.closed).toBe(true);
    expect(() => writer.sendSync(1)).toThrow(/the other end of the Connection is closed/);
    writer.close();
  });
});

describe('parts of bytes', () => {
  const letters = Buffer.from('abcdefghijklmnopqrstuvwxyz');

  test.each([
    [5, undefined, 'fghijklmnopqrstuvwxyz'],
    [7, 8, 'hijklmno'],
    [26, undefined, ''],
    [26, 0, ''],
    [0, 26, 'abcdefghijklmnopqrstuvwxyz'],
  ])('from %i, %s of them', async (offset, size, expected) => {
    left.sendBytesSync(letters, offset, size);
    await left.sendBytes(letters, offset, size);
    expect(left.trySendBytes(letters, offset, size)).toBe(true);
    for (let i = 0; i < 3; i++) expect(String(right.recvBytesSync())).toBe(expected);
  });

  test.each([
    [27, undefined],
    [22, 5],
    [26, 1],
    [-1, undefined],
    [4, -1],
    [0.5, undefined],
    [0, Number.NaN],
  ])('from %i, %s of them: refused', async (offset, size) => {
    expect(() => left.sendBytesSync(letters, offset, size)).toThrow(RangeError);
    expect(() => left.trySendBytes(letters, offset, size)).toThrow(RangeError);
    await expect(left.sendBytes(letters, offset, size)).rejects.toThrow(RangeError);
    expect(right.pollSync()).toBe(false);
  });

  test('of everything that holds bytes, and of nothing else', async () => {
    const { buffer } = new Uint16Array([1, 2, 3]);
    const shared = new SharedArrayBuffer(2);
    for (const bytes of [buffer, new DataView(buffer, 1, 4), new Uint16Array(buffer, 2), shared]) {
      left.sendBytesSync(bytes);
      expect(right.recvBytesSync().length).toBe(bytes.byteLength);
    }
    expect(() => left.sendBytesSync('text' as never)).toThrow(
      /bytes must be a typed array, a Buffer or an ArrayBuffer, not a string/,
    );
    await expect(left.sendBytes(null as never)).rejects.toThrow(/not null/);
  });

  test('into a buffer: an offset outside is refused, and takes no message', async () => {
    left.sendBytesSync(letters);
    for (const offset of [-1, 5, 1.5]) {
      expect(() => right.recvBytesIntoSync(new Uint8Array(4), offset)).toThrow(RangeError);
      await expect(right.recvBytesInto(new Uint8Array(4), offset)).rejects.toThrow(RangeError);
    }
    expect(() => right.recvBytesIntoSync([] as never)).toThrow(TypeError);
    expect(() => right.recvBytesSync({ maxLength: -1 })).toThrow(RangeError);
    expect(() => right.recvBytesSync({ maxLength: '9' as never })).toThrow(TypeError);
    const target = new Uint8Array(30);
    expect(right.recvBytesIntoSync(target, 4)).toBe(26);
    expect([String.fromCharCode(target[4]), target[3]]).toEqual(['a', 0]);
  });
});

describe('order', () => {
  test('a Sync receive first completes the receives that wait', async () => {
    const first = right.recv();
    const second = right.recvBytes();
    left.sendSync('first');
    left.sendBytesSync(Buffer.from('second'));
    left.sendSync('third');
    expect(right.recvSync()).toBe('third');
    expect([await first, String(await second)]).toEqual(['first', 'second']);
  });

  test('tryRecv does not overtake a receive that waits', async () => {
    const first = right.recv();
    left.sendSync(1);
    expect(right.tryRecv()).toBeUndefined();
    expect(await first).toBe(1);
    expect(right.tryRecv()).toBeUndefined();
    left.sendSync(2);
    expect(right.tryRecv()).toBe(2);
  });

  test('a value may be changed after the call, also while its send waits', async () => {
    while (left.trySend('x'.repeat(200_000)));
    const value = { now: 1 };
    const bytes = Buffer.from('now');
    const sends = [left.send(value), left.sendBytes(bytes)];
    value.now = 2;
    bytes.write('new');
    let received = await right.recv();
    while (typeof received === 'string') received = await right.recv({ timeout: 20_000 });
    expect(received).toEqual({ now: 1 });
    expect(String(await right.recvBytes({ timeout: 20_000 }))).toBe('now');
    await Promise.all(sends);
  });
});

describe('how much a pipe holds', () => {
  test('1 MiB, and then one message of any size', async () => {
    const large = Buffer.alloc(8 << 20, 1);
    expect(left.trySendBytes(large)).toBe(true);
    expect(left.trySend(0)).toBe(false);
    const waiting = left.send('next');
    expect(right.recvBytesSync().equals(large)).toBe(true);
    await waiting;
    expect(right.recvSync()).toBe('next');
  });

  test('empty messages fill it too', () => {
    let count = 0;
    while (left.trySendBytes(Buffer.alloc(0))) count++;
    expect(count).toBe(131_072);
    for (let i = 0; i < count; i++) expect(right.recvBytesSync().length).toBe(0);
    expect(right.pollSync()).toBe(false);
  });

  test('an aborted or late send leaves nothing behind', async () => {
    while (left.trySend('x'.repeat(200_000)));
    const abort = new AbortController();
    const aborted = left.send('aborted', { signal: abort.signal });
    const late = left.send('late', { timeout: 20 });
    const kept = left.send('kept');
    abort.abort(new Error('no more'));
    await expect(aborted).rejects.toThrow('no more');
    await expect(late).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    expect(() => left.sendSync('late too', { timeout: 20 })).toThrow(/within 20 ms/);
    const rest: unknown[] = [];
    while (rest.at(-1) !== 'kept') rest.push(await right.recv());
    await kept;
    expect(rest.slice(0, -1).every((each) => String(each).length === 200_000)).toBe(true);
    expect(right.pollSync()).toBe(false);
  });
});

describe('the end', () => {
  test('closing twice, disposing, and disposing asynchronously', async () => {
    left.close();
    left[Symbol.dispose]();
    await left[Symbol.asyncDispose]();
    expect([left.closed, right.closed]).toEqual([true, false]);
    expect([await right.poll(), right.pollSync(), right.pollSync({ timeout: 20_000 })]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('every method refuses a closed connection', () => {
    left.close();
    const bytes = Buffer.from('a');
    const calls = [
      () => left.sendSync(1),
      () => left.trySend(1),
      () => left.sendBytesSync(bytes),
      () => left.trySendBytes(bytes),
      () => left.recvSync(),
      () => left.tryRecv(),
      () => left.recvBytesSync(),
      () => left.tryRecvBytes(),
      () => left.recvBytesIntoSync(bytes),
      () => left.pollSync(),
    ];
    for (const call of calls) expect(call).toThrow(expect.objectContaining(CLOSED));
  });

  test('what was sent before is received, then every receive says so', async () => {
    left.sendSync(1);
    left.sendBytesSync(Buffer.alloc(2 << 20));
    left.close();
    expect([right.tryRecv(), right.recvBytesSync().length]).toEqual([1, 2 << 20]);
    for (const read of ['recvSync', 'tryRecv', 'recvBytesSync', 'tryRecvBytes'] as const) {
      expect(() => right[read]()).toThrow(
        /the other end of the Connection is closed, and all that it sent was received/,
      );
    }
    for (const read of ['recv', 'recvBytes'] as const)
      await expect(right[read]()).rejects.toMatchObject(CLOSED);
    for (const send of ['sendSync', 'trySend'] as const)
      expect(() => right[send](1)).toThrow(/Cannot send: the other end/);
    await expect(right.send(1)).rejects.toMatchObject(CLOSED);
    for await (const value of right) expect(value).toBe('never');
  });

  test('a close wakes receivers and senders of the other end in this thread', async () => {
    const receiving = right.recv();
    const polling = right.poll({});
    while (right.trySend('x'.repeat(100_000)));
    const sending = right.send('more');
    left.close();
    await expect(receiving).rejects.toMatchObject(CLOSED);
    expect(await polling).toBe(true);
    await expect(sending).rejects.toMatchObject(CLOSED);
  });

  test('an end that nobody has any more is closed when it is collected', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const forget = () => {
      const [kept, lost] = pipe();
      lost.sendSync('last words');
      return kept;
    };
    const kept = forget();
    expect(kept.recvSync()).toBe('last words');
    await eventually('it is collected', () => {
      collect();
      return kept.poll();
    });
    await expect(kept.recv()).rejects.toMatchObject(CLOSED);
    kept.close();
  });
});
