import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type CurrentCall, currentCall, defineManager, type ManagerServer, task } from '@mp/manager';
import { eventually, leakCheck } from '@mp/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Handle, Insider, type TcpAddress } from './hostile-client.ts';
import { Besieged, KEY as KEY_OF_OTHERS } from './under-attack.ts';

leakCheck();

/* Calls in the server, made by a client that chooses which of them travel in one message. */

const CANCEL = -1;
const NOW = 1;
const KEY = 'key';

/** What the tests see of the objects of the server, which runs in this process. */
const seen = { aborted: [] as string[], ran: [] as string[] };
const closed = () => {};
let openGate = closed;

const waitInside = task(import.meta, (_: unknown) => waitForGate());

function waitForGate(): Promise<string> {
  return new Promise((resolve) => {
    openGate = () => {
      openGate = closed;
      resolve('waited');
    };
  });
}

class Account {
  #user = { isAdmin: false, tags: ['a'] };
  user() {
    return this.#user;
  }
  isAdmin() {
    return this.#user.isAdmin;
  }
  tags() {
    return this.#user.tags;
  }
  heir() {
    return new Heir();
  }
  thenable() {
    // biome-ignore lint/suspicious/noThenProperty: it is what the test is about
    return { then: (resolve: (value: string) => void) => resolve('later') };
  }
  run(what: string) {
    seen.ran.push(what);
  }
  wait() {
    const { signal } = currentCall() as CurrentCall;
    signal.addEventListener('abort', () => seen.aborted.push(signal.reason.name));
    return waitForGate();
  }
}

class Heir extends Account {}

const Managed = defineManager(
  import.meta,
  {
    Account: {
      create: () => new Account(),
      expose: ['heir', 'thenable', 'user', 'isAdmin', 'tags', 'run', 'wait'],
    },
  },
  { name: 'server-calls' },
);

let server: ManagerServer;
const peers: Insider[] = [];

beforeAll(async () => {
  server = await Managed.serve({ host: '127.0.0.1', port: 0 }, { authKey: KEY });
});
afterEach(() => {
  for (const peer of peers.splice(0)) peer.close();
});
afterAll(() => server.shutdown());

async function enter(): Promise<Insider> {
  const peer = await Insider.connect(server.address as TcpAddress, KEY);
  peers.push(peer);
  return peer;
}

/** Makes an object. @returns its number: the one after those that the client has */
async function make(peer: Insider, number: number, type: string, args: unknown[] = []): Promise<number> {
  expect((await peer.call(0, 'make', peer.bytesOf([type, args, null]))).what).toBe(2);
  return number;
}

test('a permit that was given back by others is not given back again by a call that is given up', async () => {
  const peer = await enter();
  const semaphore = await make(peer, 1, 'boundedSemaphore', [1, false]);
  await peer.operate(
    [10, semaphore, 'acquire', []],
    [11, semaphore, 'acquire', []],
    [12, semaphore, 'release', [1]],
    [13, semaphore, 'release', [1]],
    [CANCEL, 11],
  );
  await peer.answers(3);
  expect((await peer.call(semaphore, 'value')).value).toBe(1);
});

test('a permit that a client has not read comes back when the client is gone', async () => {
  const peer = await enter();
  await peer.call(0, 'make', peer.bytesOf(['semaphore', [1, false], 'of-the-dead']));
  const other = await enter();
  await other.call(0, 'make', other.bytesOf(['semaphore', [1, false], 'of-the-dead']));
  await other.call(1, 'acquire');
  await peer.operate([50, 1, 'acquire', []]);
  other.close();
  expect((await peer.answers(1)).get(50)).toMatchObject({ what: 1 });
});

test('a call that was given up while it waits for its turn does not run', async () => {
  const peer = await enter();
  const account = await make(peer, 1, 'Account');
  seen.ran = [];
  await peer.operate(
    [10, account, 'wait', []],
    // On the result of an earlier call …
    [11, -10, 'at', [0]],
    // … and with it as an argument.
    [12, account, 'run', peer.bytesOf([new Handle('result', 10)])],
    [13, account, 'run', peer.bytesOf([new Handle('result', 10)])],
    [14, -10, 'concat', [' late']],
    [CANCEL, 12],
  );
  await peer.call(account, 'isAdmin');
  openGate();
  await peer.answers(3);
  expect(seen.ran).toEqual(['waited']);
});

test('a call that was given up while a task has the object does not run, nor that of a client that is gone', async () => {
  const manager = await Managed.connect(server.address, { authKey: KEY });
  const dict = await manager.dict<number>({}, { name: 'gated' });
  const leaving = await enter();
  const theirs = await leaving.dict('gated');
  const updating = dict.update(waitInside);
  await eventually('the task runs', () => openGate !== closed);
  await expect(dict.set('late', 1, { timeout: 5 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
  await expect(dict.set('now', 1, { timeout: 0 })).rejects.toMatchObject({ code: 'ERR_MP_TIMEOUT' });
  await leaving.operate([5, theirs, 'set', ['dead', 1]]);
  const clients = server.clients;
  leaving.close();
  await eventually('it is gone', () => server.clients === clients - 1);
  openGate();
  await updating;
  expect(await dict.size).toBe(0);
  await manager.close();
});

test('timeout: 0 on a method that is async', async () => {
  const peer = await enter();
  const account = await make(peer, 1, 'Account');
  seen.aborted = [];
  await peer.operate([10, account, 'wait', [], NOW], [11, account, 'isAdmin', [], NOW]);
  const answers = await peer.answers(2);
  expect(answers.get(10)?.value).toContain('ERR_MP_TIMEOUT');
  expect(answers.get(11)).toEqual({ what: 1, value: false });
  expect(seen.aborted).toEqual(['TimeoutError']);
});

test('an action of a barrier runs for a meeting that is complete while that of the one before runs', async () => {
  const peer = await enter();
  const barrier = await make(peer, 1, 'barrier', [1]);
  const act = (meeting: number) => ({
    what: 2,
    value: expect.stringContaining(String.fromCharCode(meeting)),
  });
  await peer.operate([10, barrier, 'wait', [true]], [11, barrier, 'wait', [true]]);
  expect((await peer.answers(1)).get(10)).toEqual(act(1));
  await peer.operate([12, barrier, 'pass', [1]]);
  const next = await peer.answers(2);
  expect(next.get(11)).toEqual(act(2));
  expect((await peer.call(barrier, 'pass', [2])).what).toBe(0);
});

test.each([
  ['lock', [], 'locked'],
  ['semaphore', [1, true], 'value'],
])('a %s that the next owner gave up before it knew is recovered still', async (type, args, ask) => {
  const [lost, peer] = [await enter(), await enter()];
  const order = [type, args, `lost-${type}`];
  await lost.call(0, 'make', lost.bytesOf(order));
  await peer.call(0, 'make', peer.bytesOf(order));
  expect((await lost.call(1, 'acquire')).value).toBeGreaterThan(0);
  // One waits when it is lost, and one comes later.
  await peer.operate([50, 1, 'acquire', []]);
  await peer.call(1, ask);
  lost.close();
  expect((await peer.answers(1)).get(50)?.value).toBeLessThan(0);
  await peer.operate([CANCEL, 50], [51, 1, 'acquire', []], [52, 1, 'acquire', []], [CANCEL, 51]);
  const answers = await peer.answers(2);
  expect(answers.get(51)?.value).toBeLessThan(0);
  expect(answers.get(52)?.value).toBeLessThan(0);
  await peer.call(1, 'end', [-Number(answers.get(52)?.value)]);
  expect((await peer.call(1, 'acquire')).value).toBeGreaterThan(0);
});

test('a lock that was granted in the moment in which its client goes is recovered for the next', async () => {
  const [lost, next] = [await enter(), await enter()];
  for (const peer of [lost, next]) await peer.call(0, 'make', peer.bytesOf(['lock', [], 'going']));
  const { value: held } = await lost.call(1, 'acquire');
  await lost.operate([50, 1, 'acquire', []]);
  await lost.call(1, 'locked');
  // It is granted, and the connection ends, before the server has made the answer.
  await lost.operate([51, 1, 'end', [held]], 'no operation');
  expect(await lost.ended()).toBe(true);
  expect((await next.call(1, 'acquire')).value).toBeLessThan(0);
});

test('arguments that are no simple values end the connection', async () => {
  for (const args of [[{}], [['x'.repeat(1_000)]], [1n], 'text', null]) {
    const peer = await enter();
    await peer.operate([1, 0, 'stats', args]);
    expect(await peer.ended()).toBe(true);
  }
});

test('what a method gives is changed by methods only, also as part of a container', async () => {
  const peer = await enter();
  const account = await make(peer, 1, 'Account');
  const dict = await make(peer, 2, 'dict', [null]);
  await peer.operate(
    [10, account, 'user', []],
    [11, -10, 'set', ['isAdmin', true]],
    [12, -10, 'get', ['isAdmin']],
    [13, -10, 'get', ['tags']],
    [14, -13, 'push', ['b']],
    [15, dict, 'set', peer.bytesOf(['user', new Handle('result', 10)])],
    [16, dict, 'get', ['user']],
    [17, -16, 'set', ['isAdmin', true]],
    [18, -16, 'get', ['tags']],
    [19, -18, 'push', ['c']],
    [20, -18, 'join', []],
    [21, account, 'isAdmin', []],
    [22, account, 'tags', []],
    [23, -22, 'join', []],
  );
  const answers = await peer.answers(14);
  expect([11, 14].map((id) => answers.get(id)?.value)).toEqual([
    expect.stringContaining('ERR_MP_NOT_FOUND'),
    expect.stringContaining('ERR_MP_NOT_FOUND'),
  ]);
  expect([12, 20, 21, 23].map((id) => answers.get(id)?.value)).toEqual([false, 'a,c', false, 'a']);
});

test('an instance of a subclass is a proxy, and what is like a promise is awaited', async () => {
  const peer = await enter();
  const account = await make(peer, 1, 'Account');
  await peer.operate([10, account, 'heir', []], [11, -10, 'isAdmin', []], [12, account, 'thenable', []]);
  const answers = await peer.answers(3);
  expect([answers.get(10)?.what, answers.get(11)?.value, answers.get(12)?.value]).toEqual([
    2,
    false,
    'later',
  ]);
  expect(answers.get(10)?.value).toContain('Account');
});

test('a client that says that it has read nothing is bounded', async () => {
  const limits = { pendingCalls: 100 };
  const small = await Managed.serve({ host: '127.0.0.1', port: 0 }, { authKey: KEY, limits });
  const peer = await Insider.connect(small.address as TcpAddress, KEY);
  peers.push(peer);
  const queue = await make(peer, 1, 'queue', [null, null]);
  const calls = (from: number) => Array.from({ length: 80 }, (_, i) => [from + i, queue, 'put', [1]]);
  let refused = 0;
  for (const from of [100, 200]) {
    await peer.operate(...calls(from));
    for (const { what, value } of (await peer.answers(80)).values()) {
      if (what !== 3) continue;
      expect(value).toContain('ERR_MP_LIMIT');
      refused++;
    }
  }
  // The queue itself was made by a call that it says it has not read, either.
  expect(refused).toBe(61);
  // It says that it has read all.
  await peer.send([1e9, [10, queue, 'isFull', []]]);
  await peer.answers(1);
  expect((await peer.call(queue, 'put', [1])).what).toBe(1);
  await small.shutdown();
});

test('a pool that its client does not hold ends', async () => {
  const other = await Besieged.start({ limits: { references: 1 } });
  const enterOther = () => Insider.connect(other.address, KEY_OF_OTHERS);
  const order = ['pool', [{ workers: 1 }], null];
  const [full, gone, givesUp] = [await enterOther(), await enterOther(), await enterOther()];
  await full.call(0, 'make', full.bytesOf(['dict', [null], null]));
  // It may have no second reference. From here on the server has what it needs to make a pool at once.
  expect((await full.call(0, 'make', full.bytesOf(order))).value).toContain('ERR_MP_LIMIT');
  await gone.operate([10, 0, 'make', gone.bytesOf(order)]);
  gone.close();
  await givesUp.operate([10, 0, 'make', givesUp.bytesOf(order)], [CANCEL, 10]);
  await eventually('it is gone', async () => (await other.memory()).clients === 3);
  for (let turn = 0; turn < 20; turn++) await givesUp.call(0, 'stats');
  await eventually('their workers have ended', () => other.children === 0);
  expect((await other.memory()).objects).toBe(1);
  for (const each of [full, givesUp]) each.close();
  await other.end();
});

test('loops over a queue that was shut down end when what was got has been read', async () => {
  const [consumer, waiting] = [await enter(), await enter()];
  for (const peer of [consumer, waiting])
    await peer.call(0, 'make', peer.bytesOf(['queue', [null, null], 'unread']));
  await consumer.call(1, 'putMany', consumer.bytesOf([['a', 'b']]));
  await consumer.operate([50, 1, 'get', []], [51, 1, 'get', []], [52, 1, 'shutdown', []]);
  await consumer.answers(3);
  await waiting.operate([50, 1, 'next', []], [51, 1, 'next', []]);
  await waiting.call(1, 'isShutdown');
  // One comes back, and the other one was read.
  await consumer.operate([CANCEL, 50]);
  const came = (await waiting.answers(1)).get(50);
  expect([came?.what, came?.value]).toEqual([2, expect.stringContaining('a')]);
  await waiting.send([1e9]);
  await consumer.send([1e9]);
  expect((await waiting.answers(1)).get(51)).toMatchObject({
    what: 2,
    value: expect.not.stringMatching(/[ab]/),
  });
});

test('a lease that a client has not read counts no attempt when it is gone', async () => {
  const [lost, next] = [await enter(), await enter()];
  for (const peer of [lost, next])
    await peer.call(0, 'make', peer.bytesOf(['queue', [null, null], 'leased']));
  await lost.operate([50, 1, 'put', ['x']], [51, 1, 'lease', []]);
  await lost.answers(2);
  await next.operate([50, 1, 'lease', []]);
  await next.call(1, 'size');
  lost.close();
  // [2, 'x', 1]: the second delivery, the first attempt
  const lease = (await next.answers(1)).get(50);
  expect(Buffer.from(lease?.value as string, 'latin1').toString('hex')).toMatch(/02a17801$/);
});

test('an item that was got and read is not kept for the client that has put it', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const [producer, consumer] = [await enter(), await enter()];
  for (const peer of [producer, consumer])
    await peer.call(0, 'make', peer.bytesOf(['queue', [1, null], 'kept']));
  const used = () => {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  for (let item = 0; item < 30; item++) {
    // Each second one waits for space first.
    await producer.operate(
      [100 + 2 * item, 1, 'put', ['a'.repeat(1 << 20)]],
      [101 + 2 * item, 1, 'put', ['b'.repeat(1 << 20)]],
    );
    for (const id of [100, 101]) {
      await consumer.send([1e9, [id + 2 * item, 1, 'get', []]]);
      await consumer.answers(1);
    }
    await producer.answers(2);
  }
  await consumer.send([1e9]);
  await consumer.call(1, 'size');
  // 60 MiB went through it; a message or two may still be there.
  await eventually('the items have gone', () => used() - before < 30 << 20);
});
