import { once } from 'node:events';
import { inspect } from 'node:util';
import { type Address, Manager, type RemoteDict } from '@mp/manager';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { errorOf, handedOn, serveHere } from './here.ts';

leakCheck();

const authKey = 'of the tests';
const here = serveHere();

interface RemoteStore {
  add(a: unknown, b: unknown): Promise<number>;
  echo<T>(value: T): Promise<T>;
  fail(message: string): Promise<never> & RemoteStore;
  another(): Promise<RemoteStore> & RemoteStore;
  never(): Promise<never> & RemoteStore;
  later(value: unknown): Promise<number>;
}

type Result = Promise<RemoteStore> & RemoteStore;

/** A manager whose server is lost, and one that has yet to come in its place. */
async function reconnecting() {
  const { Stores } = await import(new URL('fixtures/store.mjs', import.meta.url).href);
  const first = await Stores.serve({ host: '127.0.0.1', port: 0 }, { authKey });
  const manager = (await Stores.connect(first.address, { authKey, retry: true })) as Manager & {
    Store(): Result;
  };
  const lost = once(manager, 'disconnect');
  await first.shutdown();
  await lost;
  const serve = () => Stores.serve(first.address as Address, { authKey });
  return { manager, serve };
}

test('calls on the result of a call on a proxy that has just come', async () => {
  const dict = await here.manager.dict<number[]>({ a: [1] });
  const received = (await handedOn(dict)) as RemoteDict<number[]>;
  expect(await received.get('a').push(2)).toBe(2);
  const again = (await handedOn(dict)) as RemoteDict<number[]>;
  await again.set('b', again.get('a') as never);
  expect(await dict.get('b')).toEqual([1, 2]);
  for (const each of [dict, received, again]) each.close();
});

test('what was called before a proxy was let go of is done, also when it has yet to come', async () => {
  const dict = await here.manager.dict<unknown>();
  const received = (await handedOn(dict)) as RemoteDict<unknown>;
  const late = (await handedOn(await here.manager.list([7]))) as { close(): void };
  const done = [received.set('a', [1]), received.set('list', late), received.get('a')];
  received.close();
  late.close();
  expect((await Promise.all(done))[2]).toEqual([1]);
  expect((await errorOf(received.get('a') as Promise<unknown>)).code).toBe('ERR_MP_CLOSED');
  expect(await ((await dict.get('list')) as { at(index: number): Promise<number> }).at(0)).toBe(7);
  dict.close();
});

test('a proxy that came from elsewhere is the one that answers mention', async () => {
  const other = await Manager.connect(here.server.address as Address);
  const list = await other.list([1]);
  const received = await handedOn(list);
  await received.length;
  const dict = await here.manager.dict({ list: received });
  expect(await dict.get('list')).toBe(received);
  dict.close();
  received.close();
  await other.close();
});

test('calls on the result of a call, and with it, while the server is looked for', async () => {
  const { manager, serve } = await reconnecting();
  const store = manager.Store();
  const calls = [store.add(1, 2), store.another().add(3, 4), store.another().another().echo([5])];
  const sum = store.add(store.later(5), 6);
  const order = await Promise.all([serve(), ...calls, sum]).then(([server, ...rest]) => ({ server, rest }));
  expect(order.rest).toEqual([3, 7, [5], 11]);
  await manager.close();
  await order.server.shutdown();
});

test('a call that was given up before it left is never done', async () => {
  const { manager, serve } = await reconnecting();
  const late = { timeout: 20 };
  // With simple arguments a call lies in the outbox; behind one that has others it waits, too.
  const ended = errorOf(manager.shutdown(late));
  const kept = manager.dict({}, { name: 'kept' });
  const unlinked = errorOf(manager.unlink('kept', late));
  const named = errorOf(manager.list([1], { ...late, name: 'never' }));
  for (const each of [ended, unlinked, named]) expect((await each).name).toBe('TimeoutError');
  const server = await serve();
  await (await kept).set('a', 1);
  expect([await manager.unlink('kept'), await manager.unlink('never')]).toEqual([true, false]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await (await kept).has('a')).toBe(true);
  await manager.close();
  await server.shutdown();
});

test('with a call that is given up before it left go those that use its result', async () => {
  const dict = await here.manager.dict<number[]>({ a: [1] });
  const stop = new AbortController();
  const first = dict.get('a', { signal: stop.signal });
  const rest = [first.push(2), dict.set('b', first as never), dict.set('c', [3])];
  const why = new Error('not needed any more');
  stop.abort(why);
  const ends = await Promise.allSettled([first, ...rest]);
  expect(ends.map((each) => (each.status === 'rejected' ? each.reason : each.value))).toEqual([
    why,
    why,
    why,
    undefined,
  ]);
  expect(Object.fromEntries(await dict.toMap())).toEqual({ a: [1], c: [3] });
  dict.close();
});

test('a result is what it was when its call ended, whatever later calls of the message change', async () => {
  const dict = await here.manager.dict<number[]>({ a: [1] });
  const alone = dict.get('a');
  const [before, length, after] = await Promise.all([alone, dict.get('a').push(2), dict.get('a')]);
  expect([before, length, after]).toEqual([[1], 2, [1, 2]]);
  expect(await dict.get('a')).toEqual([1, 2]);
  dict.close();
});

test('a call on a result that has failed has its error', async () => {
  const dict = await here.manager.dict<number[]>({ text: 'x' as never });
  const failed = dict.get('text').push(1) as unknown as { push(item: number): Promise<number> };
  const error = await errorOf(failed as never);
  expect(await errorOf(failed.push(2))).toBe(error);
  dict.close();
});

test('a result inside a value is refused, and stands as an argument, also of an object that is made', async () => {
  const { Stores } = await import(new URL('fixtures/store.mjs', import.meta.url).href);
  const server = await Stores.serve({ host: '127.0.0.1', port: 0 }, { authKey });
  const manager = await Stores.connect(server.address, { authKey });
  const store = manager.Store() as Result;
  const dict = await (manager as Manager).dict<unknown>({ late: 4 });
  const inside = await errorOf(dict.set('n', [dict.get('late')]));
  expect([inside.code, inside.message]).toEqual([
    'ERR_MP_SERIALIZATION',
    expect.stringContaining('Await it first'),
  ]);
  const made = await errorOf((manager as Manager).dict({ a: manager.Store() }));
  expect(made.message).toContain('Await it first');
  expect(await dict.has('n')).toBe(false);
  const value = await (manager as Manager).value<unknown>(store.add(1, 2));
  expect(await value.get()).toBe(3);
  const holder = await (manager as Manager).value<unknown>(manager.Store());
  expect(await ((await holder.get()) as RemoteStore).add(1, 1)).toBe(2);
  await manager.close();
  await server.shutdown();
});

test('the result of another manager stands for its value', async () => {
  const other = await Manager.connect(here.server.address as Address);
  const theirs = await other.dict({ a: 5 });
  const ours = await here.manager.dict<unknown>();
  await ours.set('a', theirs.get('a'));
  expect(await ours.get('a')).toBe(5);
  ours.close();
  await other.close();
});

test('what console.log shows of a result', async () => {
  const dict = await here.manager.dict({ a: 1 });
  const result = dict.get('a');
  expect(inspect(result)).toContain('RemoteResult');
  expect(inspect(result)).not.toContain('PendingCall');
  await result;
  dict.close();
});
