import { existsSync } from 'node:fs';
import { HANDLE, pathOf, Segment, segmentCarrier, sweep } from '@mp/core/internal';
import { type Connection, pipe } from '@mp/pipe';
import { decode, dropMessage, encode } from '@mp/serde/internal';
import { eventually, leakCheck, type PeerKind } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConnectionPeer, peerWith } from './connection-peer.ts';

leakCheck();

/** What the other end is asked again and again until it looks by itself. */
const LOOKS_MS = 60;

let near: Connection;
let far: Connection;
/** Carries `far`, or the other way round. */
let carrier: Connection;
let receiver: Connection;
const opened: Connection[] = [];

beforeEach(() => {
  [near, far] = pipe();
  [carrier, receiver] = pipe();
});
afterEach(() => {
  for (const end of [near, far, carrier, receiver, ...opened.splice(0)]) end.close();
});

function received(): Connection {
  const connection = receiver.recvSync({ timeout: 20_000 }) as Connection;
  opened.push(connection);
  return connection;
}

/** The file of its pipe. */
function fileOf(connection: Connection): string {
  return connection[HANDLE]().segment as string;
}

/** It can be used here, and the other end does not think it gone. */
function expectUsable(connection: Connection): void {
  expect(connection.closed).toBe(false);
  near.sendSync('to it', { timeout: 20_000 });
  expect(connection.recvSync({ timeout: 20_000 })).toBe('to it');
  connection.sendSync('from it');
  expect(near.pollSync({ timeout: LOOKS_MS })).toBe(true);
  expect(near.recvSync()).toBe('from it');
  expect(near.pollSync({ timeout: LOOKS_MS })).toBe(false);
}

const expectEnd = (end: Connection) =>
  expect(end.recv({ timeout: 20_000 })).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });

/** Says of itself that it is a connection. */
class Forged {
  readonly #data: unknown;
  constructor(data: unknown) {
    this.#data = data;
  }
  [HANDLE]() {
    return { kind: 'connection', data: this.#data };
  }
}

describe('a connection in a message', () => {
  test('is the receiver’s with all that is in its pipe, and closed here', async () => {
    near.sendSync('before');
    far.sendSync('also before');
    carrier.sendSync({ deep: [far] });
    expect(far.closed).toBe(true);
    expect(() => far.sendSync(1)).toThrow(/it was sent to another thread or process, which has it now/);
    await expect(far.recv()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    far.close();
    near.sendSync('on its way');
    const { deep } = receiver.recvSync() as { deep: [Connection] };
    opened.push(deep[0]);
    expect([deep[0].recvSync(), deep[0].recvSync(), near.recvSync()]).toEqual([
      'before',
      'on its way',
      'also before',
    ]);
    expectUsable(deep[0]);
  });

  test('does not look dead on its way, however often somebody looks', () => {
    carrier.sendSync(far);
    expect(near.pollSync({ timeout: LOOKS_MS })).toBe(false);
    expect(near.tryRecv()).toBeUndefined();
    expectUsable(received());
  });

  test('may be there twice, and is one', () => {
    carrier.sendSync([far, { again: far }]);
    const [first, { again }] = receiver.recvSync() as [Connection, { again: Connection }];
    opened.push(first);
    expect(first).toBe(again);
    expectUsable(first);
  });

  test('may travel together with its other end', () => {
    carrier.sendSync([near, far]);
    const [left, right] = receiver.recvSync() as [Connection, Connection];
    opened.push(left, right);
    left.sendSync('between them');
    expect(right.recvSync()).toBe('between them');
    right.close();
    expect(() => left.recvSync()).toThrow(/is closed/);
  });

  test('may travel on and on', () => {
    let connection = far;
    for (let trip = 0; trip < 5; trip++) {
      carrier.sendSync(connection);
      connection = received();
    }
    expectUsable(connection);
  });

  test('is received once', () => {
    carrier.sendSync(far);
    const bytes = receiver.recvBytesSync();
    const pins = { local: true, pin: () => '', unpin() {} };
    const connection = decode(bytes, pins) as Connection;
    opened.push(connection);
    expect(() => decode(bytes, pins)).toThrow(/Cannot receive a Connection: its message was received before/);
    expectUsable(connection);
  });

  test('a damaged handle is refused', () => {
    for (const data of [
      null,
      { file: 's-1' },
      { file: '../x', side: 0, move: 1 },
      { file: 's-0', side: 2, move: 1 },
    ]) {
      carrier.sendSync(new Forged(data));
      expect(() => receiver.recvSync()).toThrow(/Cannot (receive a Connection: its handle is damaged|open)/);
    }
  });
});

describe('a connection whose message is not sent stays here', () => {
  test('when something else in the message cannot be sent', async () => {
    await expect(carrier.send({ far, callback() {} })).rejects.toMatchObject({ path: 'message.callback' });
    expectUsable(far);
    expect(() => carrier.sendSync([far, near, Symbol('no')])).toThrow(/is a symbol/);
    expectUsable(far);
    carrier.sendSync(far);
    expectUsable(received());
  });

  test('when there is no space, in time or at all', async () => {
    while (carrier.trySend('x'.repeat(200_000)));
    expect(carrier.trySend(far)).toBe(false);
    expectUsable(far);
    expect(() => carrier.sendSync(far, { timeout: 20 })).toThrow(/within 20 ms/);
    expectUsable(far);
    const late = carrier.send(far, { timeout: 20 });
    expect(() => far.sendSync(1)).toThrow(/it is being sent to another thread or process/);
    expect(near.pollSync({ timeout: LOOKS_MS })).toBe(false);
    await expect(late).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    expectUsable(far);
  });

  test('when the send is aborted, or nobody is there any more', async () => {
    while (carrier.trySend('x'.repeat(200_000)));
    const abort = new AbortController();
    const aborted = carrier.send(far, { signal: abort.signal });
    abort.abort(new Error('no'));
    await expect(aborted).rejects.toThrow('no');
    expectUsable(far);
    const waiting = carrier.send(far);
    receiver.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
    expectUsable(far);
    expect(() => carrier.sendSync(far)).toThrow(/is closed/);
    expectUsable(far);
    carrier.close();
    expect(() => carrier.sendSync(far)).toThrow(/it was closed in this thread/);
    expectUsable(far);
  });

  test('closed meanwhile, it is closed then', async () => {
    while (carrier.trySend('x'.repeat(200_000)));
    const late = carrier.send(far, { timeout: 20 });
    far.close();
    await expect(late).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
    await expectEnd(near);
  });

  test('over its own pipe', async () => {
    for (const end of [near, far]) expect(() => near.sendSync({ end })).toThrow(/over its own pipe/);
    await expect(near.send(far)).rejects.toMatchObject({ code: 'ERR_MP_SERIALIZATION' });
    expectUsable(far);
  });

  test('while calls wait on it', async () => {
    const receiving = far.recv();
    expect(() => carrier.sendSync(far)).toThrow(/calls wait on this Connection/);
    near.sendSync('for the call');
    expect(await receiving).toBe('for the call');
    expectUsable(far);
  });
});

describe('a connection that nobody will receive', () => {
  test('ends for its other end when its carrier was closed', async () => {
    const file = fileOf(far);
    carrier.sendSync(far);
    expect(near.pollSync({ timeout: LOOKS_MS })).toBe(false);
    receiver.close();
    await expect(near.recv()).rejects.toThrow(/was lost on its way to another thread/);
    expect(() => near.sendSync(1)).toThrow(/was lost on its way/);
    near.close();
    expect(existsSync(pathOf(file))).toBe(false);
  });

  test('ends when its message is dropped', async () => {
    const queue = Segment.create({ kind: 'memory', version: 1, size: 4096 });
    const pins = segmentCarrier(queue);
    const message = encode([far], pins);
    const bytes = new Uint8Array(message.bytes);
    message.pins.sent();
    expect(near.pollSync({ timeout: LOOKS_MS })).toBe(false);
    dropMessage(bytes, pins);
    await expectEnd(near);
    queue.close();
  });

  test('ends when all that had its carrier were killed, without a sweep', async () => {
    const [toGiver, forGiver] = pipe();
    opened.push(toGiver);
    const giver = await peerWith(forGiver, 'process');
    // The giver gets both ends of a pipe, puts one into the other, and is killed with both.
    toGiver.sendSync([carrier, receiver, far]);
    giver.say({ do: 'bury' });
    expect(await giver.answer()).toMatchObject({ value: 'buried' });
    expect(near.pollSync({ timeout: LOOKS_MS })).toBe(false);
    await giver.kill();
    await expectEnd(near);
    sweep();
  });
});

describe.each<PeerKind>(['process', 'thread'])('between peers (%s)', (kind) => {
  let there: ConnectionPeer;
  beforeEach(async () => {
    there = await peerWith(receiver, kind);
  });
  afterEach(async () => {
    await there.kill();
    sweep();
  });

  test('a peer receives an end and uses it, the pipe it came by being closed', async () => {
    carrier.sendSync(far);
    there.say({ do: 'adopt' });
    expect(await there.answer()).toMatchObject({ value: false });
    await there.begin({ do: 'echo', how: 'sync' });
    near.sendSync('echo');
    expect(near.recvSync({ timeout: 20_000 })).toBe('echo');
    await expectEnd(carrier);
    await there.kill();
    await expect(near.recv({ timeout: 20_000 })).rejects.toThrow(/has died/);
  });

  test.each(['kill', 'exit', 'close'])('an end outlives its sender (%s)', async (death) => {
    there.say({ do: 'give' });
    expect(await there.answer()).toMatchObject({ value: [true, false] });
    if (death === 'kill') await there.kill();
    else if (death === 'exit') there.say({ do: 'exit' });
    else there.say({ do: 'end' });
    await there.fixture.exited;
    const { yours } = carrier.recvSync({ timeout: 20_000 }) as { yours: Connection };
    opened.push(yours);
    expect(yours.recvSync()).toBe('from the pipe in the pipe');
    await expectEnd(yours);
    await expectEnd(carrier);
  });

  test('an end goes there and back', async () => {
    carrier.sendSync(far);
    there.say({ do: 'forward' });
    expect(await there.answer()).toMatchObject({ value: 'forwarded' });
    const back = carrier.recvSync({ timeout: 20_000 }) as Connection;
    opened.push(back);
    expectUsable(back);
  });

  test('a peer that is killed before it receives leaves an end of file', async () => {
    carrier.sendSync(far);
    await there.kill();
    await expectEnd(carrier);
    await expectEnd(near);
  });
});

test('no file is left when a moved connection is closed', async () => {
  const file = fileOf(far);
  carrier.sendSync(far);
  received().close();
  await expectEnd(near);
  near.close();
  await eventually('the file is gone', () => !existsSync(pathOf(file)));
});
