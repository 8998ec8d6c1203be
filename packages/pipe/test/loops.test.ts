import { setImmediate as turn } from 'node:timers/promises';
import { ClosedError } from '@mp/core';
import { type Connection, connect, Listener, pipe } from '@mp/pipe';
import { registerClass } from '@mp/serde';
import { leakCheck } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

leakCheck();

const END = { done: true, value: undefined };
const CLOSED = { code: 'ERR_MP_CLOSED' };

/** Something that cannot be made of a message, because what it needs was closed. */
class Closed {
  readonly kind = 'closed';
}
registerClass(Closed, {
  toData: () => null,
  fromData: () => {
    throw new ClosedError('Cannot use a thing: it was closed');
  },
});

/** Both ends of a connection over a socket. */
async function overSocket(): Promise<[Connection, Connection]> {
  await using listener = await Listener.listen();
  return await Promise.all([connect(listener.address), listener.accept()]);
}

describe.each([
  ['a pipe', async () => pipe()],
  ['a socket', overSocket],
])('a loop over %s', (_, make) => {
  let here: Connection;
  let there: Connection;
  let loop: AsyncIterableIterator<unknown, void, undefined>;

  beforeEach(async () => {
    [here, there] = await make();
    loop = here[Symbol.asyncIterator]();
  });
  afterEach(() => {
    here.close();
    there.close();
  });

  test('gives what came, in the order of the calls, and ends with the file', async () => {
    const early = [loop.next(), loop.next()];
    for (const value of [1, 'two', { three: 3 }]) await there.send(value);
    there.close();
    expect(await Promise.all(early)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 'two' },
    ]);
    const late = [loop.next(), loop.next(), loop.next()];
    expect(await Promise.all(late)).toEqual([{ done: false, value: { three: 3 } }, END, END]);
    expect(await loop.next()).toEqual(END);
    expect(here.closed).toBe(false);
  });

  test('that is left takes what it had asked for, and no more', async () => {
    const asked = loop.next();
    const order: string[] = [];
    const left = loop.return?.().then((end) => {
      order.push('left');
      return end;
    });
    const later = loop.next().then((end) => {
      order.push('later');
      return end;
    });
    await turn();
    expect(order).toEqual([]);
    for (const value of [1, 2]) await there.send(value);
    expect(await asked).toEqual({ done: false, value: 1 });
    expect([await left, await later, order]).toEqual([END, END, ['left', 'later']]);
    expect(await here.recv()).toBe(2);
  });

  test('that is thrown into is left with that error', async () => {
    await there.send(1);
    await expect(loop.throw?.(new RangeError('enough'))).rejects.toThrow('enough');
    expect(await loop.next()).toEqual(END);
    expect(await here.recv()).toBe(1);
  });

  test('is told of a message that is no value once, and goes on behind it', async () => {
    await there.send(1);
    await there.sendBytes(Buffer.from([0xc1]));
    await there.send(2);
    const calls = [loop.next(), loop.next(), loop.next()];
    expect(await Promise.allSettled(calls)).toMatchObject([
      { status: 'fulfilled', value: { done: false, value: 1 } },
      { status: 'rejected', reason: { code: 'ERR_MP_SERIALIZATION' } },
      { status: 'fulfilled', value: { done: false, value: 2 } },
    ]);
    await there.sendBytes(Buffer.from([0xc1]));
    const seen: unknown[] = [];
    const run = async () => {
      for await (const value of here) seen.push(value);
    };
    await there.send(3);
    await expect(run()).rejects.toMatchObject({ code: 'ERR_MP_SERIALIZATION' });
    expect([seen, await here.recv()]).toEqual([[], 3]);
  });

  test('goes on behind a message whose reading met something closed: that is no end of file', async () => {
    const calls = [loop.next()];
    await there.send(new Closed());
    await there.send(new Closed());
    await there.send(1);
    calls.push(loop.next(), loop.next());
    expect(await Promise.allSettled(calls)).toMatchObject([
      { status: 'rejected', reason: CLOSED },
      { status: 'rejected', reason: CLOSED },
      { status: 'fulfilled', value: { done: false, value: 1 } },
    ]);
  });

  test('is an error when it was closed here', async () => {
    const waiting = loop.next();
    here.close();
    await expect(waiting).rejects.toMatchObject(CLOSED);
    await expect(loop.next()).rejects.toMatchObject(CLOSED);
    expect(await loop.return?.()).toEqual(END);
    expect(await loop.next()).toEqual(END);
  });

  test('that takes what is there at once lets the event loop turn', async () => {
    const sending = (async () => {
      for (let id = 0; id < 40_000; id++) await there.send(id);
    })();
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    let next = 0;
    for await (const value of here) {
      expect(value).toBe(next++);
      if (next === 40_000) break;
    }
    isOver = true;
    await sending;
    expect(turns).toBeGreaterThan(2);
  });
});

test('a loop over an end that cannot receive is refused', async () => {
  const [reader, writer] = pipe({ duplex: false });
  await expect(writer[Symbol.asyncIterator]().next()).rejects.toThrow(TypeError);
  reader.close();
  writer.close();
});
