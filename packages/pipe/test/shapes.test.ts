import { type Connection, connect, Listener, pipe } from '@mp/pipe';
import { leakCheck } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

leakCheck();

const value = (id: number) => ({ id, name: `value ${id}`, tags: [{ id }, { id: id + 1 }] });

let left: Connection;
let right: Connection;

beforeEach(() => {
  [left, right] = pipe();
});
afterEach(() => {
  left.close();
  right.close();
});

describe('objects of one shape', () => {
  test('go both ways, with shapes that either end has met first', () => {
    for (let id = 0; id < 20; id++) {
      left.sendSync(value(id));
      right.sendSync({ answer: id });
      right.sendSync({ ...value(id), answer: id });
      left.sendSync({ answer: -id });
      expect([right.recvSync(), right.recvSync()]).toEqual([value(id), { answer: -id }]);
      expect([left.recvSync(), left.recvSync()]).toEqual([{ answer: id }, { ...value(id), answer: id }]);
    }
  });

  test('are known to a thread that the end was moved to', () => {
    const [here, there] = pipe();
    for (let id = 0; id < 5; id++) left.sendSync(value(id));
    here.sendSync({ end: right });
    const { end } = there.recvSync() as { end: Connection };
    for (let id = 0; id < 5; id++) expect(end.recvSync()).toEqual(value(id));
    end.sendSync(value(5));
    expect(left.recvSync()).toEqual(value(5));
    for (const each of [here, there, end]) each.close();
  });

  test('wait for space like others', async () => {
    for (let id = 0; id < 3; id++) left.sendSync(value(id));
    let others = 0;
    while (left.trySendBytes(Buffer.alloc(1 << 20))) others++;
    const sending = left.send(value(3));
    for (let id = 0; id < 3; id++) expect(await right.recv()).toEqual(value(id));
    for (; others > 0; others--) await right.recvBytes();
    await sending;
    expect(await right.recv()).toEqual(value(3));
  });
});

describe('bytes of a value', () => {
  /** Values whose shapes are known, and that were not received yet. */
  function send(values: readonly unknown[]): void {
    for (const each of values) left.sendSync(each);
  }

  test('have their keys: what receives them may pass them on', async () => {
    const values = [0, 1, 2, 3].map(value);
    await using listener = await Listener.listen();
    const [near, far] = await Promise.all([connect(listener.address), listener.accept()]);
    const [here, there] = pipe();
    // The other pipe has shapes of its own under the same numbers.
    for (let id = 0; id < 3; id++) here.sendSync({ another: id });
    for (let id = 0; id < 3; id++) expect(there.recvSync()).toEqual({ another: id });
    for (const [sender, receiver] of [
      [here, there],
      [near, far],
    ]) {
      send(values);
      for (const each of values) {
        await sender.sendBytes(await right.recvBytes());
        expect(await receiver.recv()).toEqual(each);
      }
    }
    for (const each of [near, far, here, there]) each.close();
  });

  test('are written where they are wanted', () => {
    send([0, 1, 2, 3].map(value));
    const bytes = [0, 1].map(() => right.recvBytesSync());
    expect(bytes[0].length).toBe(bytes[1].length);
    const target = Buffer.alloc(200);
    const length = right.recvBytesIntoSync(target, 10);
    expect(length).toBe(bytes[0].length);
    left.sendBytesSync(target, 10, length);
    right.recvSync();
    expect(right.recvSync()).toEqual(value(2));
  });

  test('are too long by their length with keys', () => {
    send([0, 1, 2, 3].map(value));
    const { length } = right.recvBytesSync();
    expect(right.recvBytesSync({ maxLength: length })).toHaveLength(length);
    expect(() => right.recvBytesSync({ maxLength: length - 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_MP_MESSAGE_TOO_LONG' }),
    );
    expect(right.readable).toBe(false);
    const tooShort = () => left.recvBytesIntoSync(Buffer.alloc(4));
    for (let id = 0; id < 3; id++) right.sendSync(value(id));
    for (let id = 0; id < 2; id++) left.recvSync();
    expect(tooShort).toThrow(expect.objectContaining({ code: 'ERR_MP_MESSAGE_TOO_LONG' }));
  });

  test('that a program made itself come as they are, whatever they begin with', () => {
    for (const bytes of [[0xc1], [0xc1, 0, 1], [0xc1, 0xff, 1]].map((each) => Buffer.from(each))) {
      left.sendBytesSync(bytes);
      expect(right.recvBytesSync()).toEqual(bytes);
    }
  });
});
