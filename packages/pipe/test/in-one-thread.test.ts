import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Connection, connect, Listener, pipe } from '@mp/pipe';
import { registerClass } from '@mp/serde';
import { eventually, leakCheck } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

leakCheck();

/** Both ends of a connection over a socket. */
async function overSocket(): Promise<[Connection, Connection]> {
  await using listener = await Listener.listen();
  return await Promise.all([connect(listener.address), listener.accept()]);
}

/** Receives something itself when it is received. */
class Greedy {
  static from: Connection;
  rest: unknown;
  static read(): Greedy {
    const greedy = new Greedy();
    greedy.rest = Greedy.from.recvSync({ timeout: 20_000 });
    return greedy;
  }
}
registerClass(Greedy, { name: 'pipe-test/Greedy', toData: () => null, fromData: Greedy.read });

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe.each([
  ['a pipe', async () => pipe()],
  ['a socket', overSocket],
])('both ends of %s', (_, make) => {
  let here: Connection;
  let there: Connection;

  beforeEach(async () => {
    [here, there] = await make();
  });
  afterEach(() => {
    here.close();
    there.close();
  });

  test('reading a value may receive others: none is lost, none comes twice', async () => {
    Greedy.from = there;
    const waiting = [there.recv(), there.recv()];
    for (const value of [new Greedy(), 'second', 'third', new Greedy(), 'fifth']) here.sendSync(value);
    const [first, second] = await Promise.all(waiting);
    expect([(first as Greedy).rest, second]).toEqual(['third', 'second']);
    expect(((await there.recv({ timeout: 20_000 })) as Greedy).rest).toBe('fifth');
    expect(await there.poll()).toBe(false);
  });

  test('a getter may close the connection that its value is sent over', async () => {
    const value = {
      get closes() {
        here.close();
        return 1;
      },
    };
    await expect(here.send(value)).rejects.toMatchObject({
      code: 'ERR_MP_CLOSED',
      message: 'Cannot use the Connection: it was closed in this thread',
    });
    await expect(there.recv({ timeout: 20_000 })).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  });

  test('a message that is too long ends the receives that wait behind it', async () => {
    const first = there.recvBytes({ maxLength: 3 });
    const second = there.recv();
    here.sendSync('long');
    await expect(first).rejects.toMatchObject({ code: 'ERR_MP_MESSAGE_TOO_LONG' });
    await expect(second).rejects.toThrow(/a message was longer than maxLength/);
    expect([there.readable, there.closed]).toEqual([false, false]);
  });

  test('nobody collects a connection that a send waits at', async () => {
    // Nothing but the promises is left of it.
    const begin = () => {
      const end = here;
      here = there;
      const sends = [end.sendBytes(Buffer.alloc(16 << 20)), end.send('behind'), end.send('last')];
      return Promise.all(sends);
    };
    const sent = begin();
    for (let round = 0; round < 10; round++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await there.recvBytes({ timeout: 20_000 })).length).toBe(16 << 20);
    expect([await there.recv({ timeout: 20_000 }), await there.recv({ timeout: 20_000 })]).toEqual([
      'behind',
      'last',
    ]);
    await sent;
    await eventually('it is collected then', () => {
      collect();
      return there.poll();
    });
  });
});
