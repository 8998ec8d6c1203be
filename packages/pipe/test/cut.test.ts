import { Channel, sweep } from '@mp/core/internal';
import { type Connection, pipe } from '@mp/pipe';
import { encode } from '@mp/serde/internal';
import { type Cut, cutAtEveryStore, leakCheck, runsAll } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';

leakCheck();

const PROGRAM = new URL('./fixtures/cut-pipe.mjs', import.meta.url);
const ENDED = { code: 'ERR_MP_CLOSED' };
const channels: Channel[] = [];
const ends: Connection[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end.close();
  for (const channel of channels.splice(0)) channel.close();
  sweep();
});

/** A new pipe, to be closed after the test. */
function open(): [here: Connection, there: Connection] {
  const both = pipe();
  ends.push(both[0]);
  return both;
}

/** Lays `given` where the fixture finds them. @returns the arguments of the fixture */
function args(what: string, ...given: Connection[]): string[] {
  const channel = Channel.create(4096);
  channels.push(channel);
  const { bytes, pins } = encode(given, channel.carrier);
  channel.send(bytes, 0);
  pins.sent();
  return [channel.segment.file, what];
}

/** All that comes until the end, which must come; nobody is there to send to either. */
function drain(end: Connection): Buffer[] {
  const messages: Buffer[] = [];
  expect(() => {
    for (;;) messages.push(end.recvBytesSync({ timeout: 20_000 }));
  }).toThrow(expect.objectContaining(ENDED));
  expect(() => end.sendSync('to nobody')).toThrow(expect.objectContaining(ENDED));
  return messages;
}

/**
 * Kills the other end of a new pipe after any store of what it does.
 *
 * @param before with both ends
 * @param after each kill, with this end
 * @returns how many stores there were
 */
function cutEnd(
  what: string,
  before: (here: Connection, there: Connection) => void,
  after: (here: Connection, run: Cut) => void,
): Promise<number> {
  let here: Connection;
  return cutAtEveryStore(
    PROGRAM,
    () => {
      const [left, right] = open();
      here = left;
      before(left, right);
      return args(what, right);
    },
    (run) => {
      after(here, run);
      here.close();
    },
  );
}

describe('a sender killed after any store of a send', () => {
  test.each([
    ['small', Buffer.from([0x81, 0xa2, 0x69, 0x64, 0x01])],
    ['growing', Buffer.alloc(50_000, 7)],
    ['large', Buffer.alloc(5 << 20, 7)],
  ])('of one that is %s: it is there whole or not at all, then comes the end', async (what, whole) => {
    let sent = 0;
    let lost = 0;
    await cutEnd(
      what,
      (_, there) => there.sendBytesSync(Buffer.from('before')),
      (here, { completed }) => {
        const [first, message, ...more] = drain(here);
        expect([String(first), more]).toEqual(['before', []]);
        if (message === undefined) lost++;
        else sent++;
        if (completed) expect(message).toBeDefined();
        if (message !== undefined) expect(message.equals(whole)).toBe(true);
      },
    );
    expect([sent > (runsAll ? 1 : 0), lost > 1]).toEqual([true, true]);
  });

  test('of one that adds a shape: it is there or not, and can be read', async () => {
    const value = { id: 1, in: { a: 'x' } };
    let sent = 0;
    let lost = 0;
    await cutEnd(
      'shape',
      () => {},
      (here, { completed }) => {
        const values: unknown[] = [];
        expect(() => {
          for (;;) values.push(here.recvSync({ timeout: 20_000 }));
        }).toThrow(expect.objectContaining(ENDED));
        if (values.length === 2) sent++;
        else lost++;
        expect(values).toEqual(Array(completed ? 2 : Math.max(1, values.length)).fill(value));
      },
    );
    expect([sent > (runsAll ? 1 : 0), lost > 1]).toEqual([true, true]);
  });
});

test('a receiver killed after any store of a receive: a sender that waits for space learns of it', async () => {
  const message = Buffer.alloc(1 << 20);
  const stores = await cutEnd(
    'receive',
    (here) => {
      while (here.trySendBytes(message));
    },
    (here, { completed, lines }) => {
      if (completed) expect(lines).toEqual([String(1 << 20)]);
      expect(() => {
        for (;;) here.sendBytesSync(message, 0, undefined, { timeout: 20_000 });
      }).toThrow(expect.objectContaining(ENDED));
      expect(drain(here)).toEqual([]);
    },
  );
  expect(stores).toBeGreaterThanOrEqual(4);
});

test('an end killed after any store of a close leaves what was sent, and an end of file', async () => {
  const stores = await cutEnd(
    'close',
    (here, there) => {
      there.sendBytesSync(Buffer.from('before'));
      here.sendSync('never received');
    },
    (here) => expect(drain(here).map(String)).toEqual(['before']),
  );
  expect(stores).toBeGreaterThanOrEqual(4);
});

describe('a connection on its way', () => {
  /** One end of the pipe whose other end travels, and one end of the pipe that it travels by. */
  let near: Connection;
  let carrier: Connection;

  /** @returns the other ends */
  function openBoth(): [far: Connection, right: Connection] {
    const [here, far] = open();
    const [left, right] = open();
    near = here;
    carrier = left;
    return [far, right];
  }

  /** Killed between what holds it and what says so, it is gone when its carrier is: see end.ts. */
  async function expectEndOnceCarrierIsClosed(): Promise<boolean> {
    const soon = near.pollSync({ timeout: 100 });
    carrier.close();
    await expectEnd();
    return soon;
  }

  async function expectEnd(): Promise<void> {
    await expect(near.recv({ timeout: 20_000 })).rejects.toMatchObject(ENDED);
    near.close();
  }

  test('whose sender is killed after any store of the send', async () => {
    let received = 0;
    let soon = 0;
    await cutAtEveryStore(
      PROGRAM,
      () => {
        const [far, right] = openBoth();
        return args('pass', right, far);
      },
      async ({ completed }) => {
        let other: Connection | undefined;
        try {
          ({ other } = carrier.recvSync({ timeout: 20_000 }) as { other: Connection });
        } catch (error) {
          expect(error).toMatchObject(ENDED);
        }
        if (completed) expect(other).toBeDefined();
        if (other === undefined) {
          if (await expectEndOnceCarrierIsClosed()) soon++;
          return;
        }
        received++;
        near.sendSync('still works');
        expect(other.recvSync({ timeout: 20_000 })).toBe('still works');
        other.close();
        await expectEnd();
        carrier.close();
      },
    );
    expect([received > (runsAll ? 1 : 0), soon > 1]).toEqual([true, true]);
  });

  test('whose receiver is killed after any store of the receive', async () => {
    let soon = 0;
    await cutAtEveryStore(
      PROGRAM,
      () => {
        const [far, right] = openBoth();
        // So long that it is copied by one call, which is one store.
        carrier.sendSync({ other: far, padding: 'x'.repeat(200) });
        return args('adopt', right);
      },
      async ({ completed, lines }) => {
        if (completed) expect(lines).toEqual(['function']);
        expect(drain(carrier)).toEqual([]);
        if (await expectEndOnceCarrierIsClosed()) soon++;
      },
    );
    expect(soon).toBeGreaterThan(1);
  });
});
