import { Lock } from '@mp/lock';
import { Manager, type RemoteDict, type RemoteList, type RemoteQueue, task } from '@mp/manager';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { collect, errorOf, serveHere } from './here.ts';

leakCheck();
const here = serveHere();

const pushInner = task(
  import.meta,
  (map: Map<string, unknown>, item: number) => (map.get('list') as number[]).push(item),
  { name: 'pushInner' },
);

const closeLock = task(import.meta, (map: Map<string, Lock>) => map.get('lock')?.close(), {
  name: 'closeLock',
});

test('a list in a dict stays the one in the server', async () => {
  const { manager } = here;
  const dict = await manager.dict<RemoteList<number>>();
  await dict.set('list', await manager.list([1]));
  const list = (await dict.get('list')) as RemoteList<number>;
  await list.push(2);
  await dict.get('list').push(3);
  expect(await dict.update(pushInner, 4)).toBe(4);
  expect(await (await dict.values())[0].toArray()).toEqual([1, 2, 3, 4]);
  expect((await dict.items())[0][1]).toBe(list);
});

test('it lives on when only the container holds it, and what it holds lives on without the container', async () => {
  const { manager, server } = here;
  const before = server.objects;
  const outer = await manager.list<RemoteDict<number>>();
  const inner = await manager.dict({ a: 1 });
  await outer.push(inner);
  inner.close();
  await manager.stats();
  expect(server.objects).toBe(before + 1);
  const again = (await outer.at(0)) as RemoteDict<number>;
  expect(again).not.toBe(inner);
  await outer.clear();
  outer.close();
  expect(await again.get('a')).toBe(1);
  again.close();
  await manager.stats();
  expect(server.objects).toBe(before);
});

test('three levels; a list in itself; the same one in two places', async () => {
  const { manager } = here;
  const deep = await manager.dict({ a: await manager.dict({ b: await manager.list(['x']) }) });
  const b = await deep.get('a').get('b');
  expect(await (b as RemoteList<string>).at(0)).toBe('x');
  const own = await manager.list<unknown>();
  await own.push(own, own);
  expect(await own.toArray()).toEqual([own, own]);
  expect(await own.at(1)).toBe(own);
});

test('a dict or a list of the manager can be copied into another one, in the server', async () => {
  const { manager } = here;
  const dict = await manager.dict({ a: 1 });
  const list = await manager.list([1, 2]);
  const copy = await manager.dict(dict as never);
  await dict.clear();
  expect(await copy.items()).toEqual([['a', 1]]);
  expect(await list.extend(list as never)).toBe(4);
  expect(await (await manager.list(list as never)).toArray()).toEqual([1, 2, 1, 2]);
});

test('what is in plain data of a container is live, too', async () => {
  const { manager } = here;
  const list = await manager.list([1]);
  const dict = await manager.dict({ plain: { list, set: new Set([list]) } });
  const read = await dict.get('plain');
  expect(read?.list).toBe(list);
  await read?.list.push(2);
  expect(await list.length).toBe(2);
});

test('plain data is a frozen copy: a change of it throws', async () => {
  const { manager } = here;
  const dict = await manager.dict<{ tags: string[]; map: Map<string, number[]>; set: Set<number> }>();
  await dict.set('a', { tags: ['x'], map: new Map([['m', [1]]]), set: new Set([1]) });
  const list = await manager.list([[1], [2]]);
  const read = (await dict.get('a')) as NonNullable<Awaited<ReturnType<typeof dict.get>>>;
  const changes: (() => unknown)[] = [
    () => read.tags.push('y'),
    () => {
      read.tags = [];
    },
    () => read.map.set('n', []),
    () => read.map.clear(),
    () => read.map.get('m')?.push(2),
    () => read.set.add(2),
    () => read.set.delete(1),
  ];
  for (const change of changes) expect(change).toThrow(TypeError);
  expect([read.map.get('m'), read.set.has(1), read.map.size]).toEqual([[1], true, 1]);
  const all: (readonly number[] | undefined)[] = [
    await list.at(0),
    (await list.toArray())[0],
    (await list.slice(0))[0],
    (await collect(list))[0],
    (await (await manager.dict({ k: [1] })).values())[0],
    (await (await manager.dict({ k: [1] })).items())[0][1],
    (await (await manager.dict({ k: [1] })).toMap()).get('k'),
    await (await manager.dict({ k: [1] })).setDefault('k', [2]),
    await (await manager.namespace({ k: [1] })).get('k'),
    (await (await manager.namespace({ k: [1] })).toObject()).k,
    await (await manager.value([1])).get(),
  ];
  for (const each of all) {
    expect(each).toEqual([1]);
    expect(() => (each as number[]).push(2)).toThrow(TypeError);
  }
});

test('what was taken out, and the list of a query itself, are your own', async () => {
  const { manager } = here;
  const list = await manager.list([[1], [2]]);
  expect((await list.pop())?.push(3)).toBe(2);
  expect((await list.toArray()).push([9])).toBe(2);
  const dict = await manager.dict({ a: [1] });
  expect((await dict.pop('a'))?.push(3)).toBe(2);
});

test('a call on a result that is not there yet changes the value in the server', async () => {
  const { manager } = here;
  const dict = await manager.dict<number[]>({ a: [3] });
  expect(await dict.get('a').push(1, 2)).toBe(3);
  await dict.get('a').sort();
  expect(await dict.get('a')).toEqual([1, 2, 3]);
  const objects = await manager.dict<Record<string, unknown>>({ o: { n: 1 } });
  await objects.get('o').set('n', 2);
  expect(await objects.get('o')).toEqual({ n: 2 });
  const missing = await errorOf(dict.get('none').push(1));
  expect(missing.message).toContain('undefined');
  const late = dict.get('a');
  await late;
  expect(await errorOf(late.push(4))).toBeInstanceOf(TypeError);
  const lists = await manager.dict({ l: await manager.list([[1]]) });
  const inner = (await lists.get('l').at(0)) as number[];
  expect(() => inner.push(2)).toThrow(TypeError);
  await lists
    .get('l')
    .sort({ reverse: true })
    .catch(() => {});
  expect([await lists.get('l').toArray(), await lists.get('l').extend([[3]])]).toEqual([[[1]], 2]);
});

test('a segment of this machine in a container is the same one', async () => {
  const dict = await here.manager.dict<Lock>();
  const lock = new Lock();
  await dict.set('lock', lock);
  const same = (await dict.get('lock')) as Lock;
  const held = await lock.acquire();
  expect(same.tryAcquire()).toBeUndefined();
  held.release();
  same.tryAcquire()?.release();
  same.close();
  lock.close();
  // That of the server would else be closed by its garbage collector.
  await dict.update(closeLock);
  await dict.clear();
  dict.close();
});

test('an object of another manager in a container is read as its proxy', async () => {
  const other = await Manager.serve({ host: '127.0.0.1', port: 0 }, { authKey: 'k' });
  const client = await Manager.connect(other.address, { authKey: 'k' });
  const list = await client.list([1]);
  const dict = await here.manager.dict<RemoteList<number>>();
  await dict.set('far', list);
  const read = (await dict.get('far')) as RemoteList<number>;
  await read.push(2);
  expect(await list.toArray()).toEqual([1, 2]);
  await dict.clear();
  await client.close();
  await other.shutdown();
});

test('what cannot travel is refused at the call, and changes nothing', async () => {
  const dict = await here.manager.dict<unknown>({ a: 1 });
  const error = await errorOf(dict.set('a', { deep: [() => 1] }));
  expect([error.code, error.message.includes('deep[0]')]).toEqual(['ERR_MP_SERIALIZATION', true]);
  expect(await dict.get('a')).toBe(1);
});

test('a queue lies in a list, and in a dict', async () => {
  const { manager } = here;
  const list = await manager.list<RemoteQueue<number>>([await manager.queue<number>()]);
  await ((await list.at(0)) as RemoteQueue<number>).put(123);
  expect(await ((await list.at(0)) as RemoteQueue<number>).get()).toBe(123);
  const dict = await manager.dict({ queue: await manager.queue<number>() });
  await ((await dict.get('queue')) as RemoteQueue<number>).put(456);
  expect(await ((await dict.get('queue')) as RemoteQueue<number>).get()).toBe(456);
});
