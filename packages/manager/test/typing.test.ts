import { readFileSync } from 'node:fs';
import {
  defineManager,
  Manager,
  type PlainList,
  type PlainMap,
  type PlainRecord,
  type PlainSet,
  type RemoteArray,
  RemoteBarrier,
  RemoteDeadLetters,
  RemoteDict,
  RemoteGuard,
  RemoteLease,
  type RemoteList,
  type RemoteNamespace,
  type RemotePool,
  type RemoteValue,
  within,
} from '@mp/manager';
import { leakCheck } from '@mp/testing';
import { expect, expectTypeOf, test } from 'vitest';

leakCheck();

class Leaf {
  name = 'leaf';
  rename(name: string): this {
    this.name = name;
    return this;
  }
}

class Twig {
  length = 1;
  bend(): void {}
}

class Tree {
  height = 1;
  secret = 2;
  grow(by: number, at?: string): number {
    this.height += by + (at?.length ?? 0);
    return this.height;
  }
  leaf(name: string): Leaf {
    return new Leaf().rename(name);
  }
  async tags(): Promise<string[]> {
    return [];
  }
  /** @returns its name */
  graft(leaf: Leaf): string {
    return leaf.name;
  }
  twig(): Twig | undefined {
    return undefined;
  }
  hidden(): void {}
  *[Symbol.iterator](): Generator<number> {
    yield this.height;
  }
}

const Trees = defineManager(
  import.meta,
  {
    Tree: {
      create: (height: number, _first?: Leaf): Tree => Object.assign(new Tree(), { height }),
      expose: ['grow', 'leaf', 'tags', 'graft', 'twig', 'height', Symbol.iterator],
    },
    Leaf: { create: async () => new Leaf(), expose: ['rename'] },
  },
  { name: 'trees' },
);

const leafTask = (leaf: Leaf, more: number): string => leaf.name + more;

/** Never called: what the compiler says of it is the test. */
async function typed(manager: Awaited<ReturnType<typeof Trees.start>>): Promise<void> {
  expectTypeOf(manager).toExtend<Manager>();
  const tree = await manager.Tree(3);
  // @ts-expect-error a height is a number
  manager.Tree('3');
  // @ts-expect-error there is no such type
  manager.Bush();
  expectTypeOf(await tree.grow(1, 'x')).toEqualTypeOf<number>();
  // @ts-expect-error by is a number
  tree.grow('1');
  // @ts-expect-error it is not exposed
  tree.hidden();
  // @ts-expect-error a property is read by get()
  tree.height;
  expectTypeOf(await tree.get('height')).toEqualTypeOf<number>();
  await tree.set('height', 2);
  // @ts-expect-error a height is a number
  tree.set('height', '2');
  // @ts-expect-error it is not exposed
  tree.get('secret');
  // @ts-expect-error a method is called
  tree.get('grow');
  expectTypeOf(await tree.tags()).toEqualTypeOf<string[]>();
  const given = await tree.leaf('a');
  expectTypeOf(given).toEqualTypeOf<Awaited<ReturnType<typeof manager.Leaf>>>();
  expectTypeOf(await tree.leaf('a').rename('b').rename('c')).toEqualTypeOf(given);
  // @ts-expect-error of a Leaf, only rename is exposed
  given.get('name');
  // @ts-expect-error of a Leaf, only rename is exposed
  tree.leaf('a').get('name');
  // A class that the definition does not have.
  expectTypeOf(await tree.twig().get('length')).toEqualTypeOf<number>();
  expectTypeOf(await tree.graft(given)).toEqualTypeOf<string>();
  tree.graft(tree.leaf('a'));
  // @ts-expect-error a tree is no leaf
  tree.graft(tree);
  await manager.Tree(3, given);
  // @ts-expect-error a tree is no leaf
  await manager.Tree(3, tree);
  expectTypeOf(await manager.Tree(3).get('height')).toEqualTypeOf<number>();
  for await (const each of tree) expectTypeOf(each).toEqualTypeOf<number>();
  const leaf = await manager.Leaf();
  // @ts-expect-error it is not iterable
  for await (const each of leaf) void each;
  expectTypeOf(await leaf.update(leafTask, 1)).toEqualTypeOf<string>();
  // @ts-expect-error the task takes a number
  leaf.update(leafTask, 'x');
  // @ts-expect-error the task is for a Leaf
  tree.update(leafTask, 1);
}

function made(manager: Awaited<ReturnType<typeof Trees.start>>): void {
  const named = within(manager, { name: 'main', timeout: 5 });
  expectTypeOf(named.Tree(3)).toEqualTypeOf(manager.Tree(3));
  // @ts-expect-error our own types take it themselves
  named.dict();
  // @ts-expect-error there is no such option
  within(manager, { nam: 'main' });
  // @ts-expect-error managers are made by start() and connect()
  new Manager();
  // @ts-expect-error it is no part of a manager for users
  manager.use;
  // @ts-expect-error it is no part of a manager for users
  manager.connected;
  // @ts-expect-error it is no part of a manager for users
  manager.make;
}

async function containers(manager: Manager): Promise<void> {
  const dict = await manager.dict({ a: 1 });
  expectTypeOf(dict).toEqualTypeOf<RemoteDict<number, string>>();
  expectTypeOf(await dict.get('a')).toEqualTypeOf<number | undefined>();
  expectTypeOf(dict.size).toEqualTypeOf<Promise<number>>();
  expectTypeOf(await dict.items()).toEqualTypeOf<[string, number][]>();
  // @ts-expect-error its values are numbers
  dict.set('a', 'b');
  const nested = await manager.dict<RemoteList<number>>();
  expectTypeOf(await nested.get('l').push(1)).toEqualTypeOf<number>();
  // @ts-expect-error they are numbers
  nested.get('l').push('x');
  expectTypeOf(await nested.get('l')).toEqualTypeOf<RemoteList<number> | undefined>();
  const plain = await manager.dict<number[]>();
  expectTypeOf(await plain.get('l').push(1)).toEqualTypeOf<number>();
  expectTypeOf(await plain.get('l').at(0)).toEqualTypeOf<number | undefined>();
  // @ts-expect-error a function does not travel
  plain.get('l').map((each: number) => each);
  // @ts-expect-error a function does not travel
  plain.get('l').sort((a: number, b: number) => a - b);
  // @ts-expect-error an item is a number
  plain.get('l').push('x');
  const maps = await manager.dict<Map<string, Set<number>>>();
  expectTypeOf(await maps.get('m').get('s').has(1)).toEqualTypeOf<boolean>();
  // @ts-expect-error the server does not do it
  maps.get('m').entries();
  // @ts-expect-error the server does not do it
  maps.get('m').forEach(() => {});
  const records = await manager.dict<{ a: number; more?: { b: string[] } }>();
  expectTypeOf(await records.get('r').get('more').get('b').push('x')).toEqualTypeOf<number>();
  expectTypeOf(await records.get('r').has('a')).toEqualTypeOf<boolean>();
  expectTypeOf(await records.get('r').keys()).toEqualTypeOf<('a' | 'more')[]>();
  // @ts-expect-error there is no such name
  records.get('r').get('c');
  const dates = await manager.dict<Date>();
  // @ts-expect-error a copy is read before it is used
  dates.get('d').getTime();
  expectTypeOf(await manager.list(['x'])).toEqualTypeOf<RemoteList<string>>();
  expectTypeOf(await manager.value(1)).toEqualTypeOf<RemoteValue<number>>();
  const space = await manager.namespace<{ level: number; label?: string }>({ level: 1 });
  expectTypeOf(space).toEqualTypeOf<RemoteNamespace<{ level: number; label?: string }>>();
  expectTypeOf(await space.get('label')).toEqualTypeOf<string | undefined>();
  // @ts-expect-error a level is a number
  space.set('level', 'x');
  // @ts-expect-error there is no such name
  space.get('other');
  const array = await manager.array('q', 3);
  expectTypeOf(array).toEqualTypeOf<RemoteArray<'q'>>();
  expectTypeOf(await array.at(0)).toEqualTypeOf<bigint>();
  expectTypeOf(await array.slice()).toExtend<BigInt64Array>();
  // @ts-expect-error there is no such type
  manager.array('i31', 3);
  const pool: RemotePool = await manager.pool({ workers: 2 });
  expectTypeOf(await pool.apply(leafTask, [new Leaf(), 1])).toEqualTypeOf<string>();
  expectTypeOf(await pool.map(async (x: number) => `${x}`, [1])).toEqualTypeOf<string[]>();
  // @ts-expect-error the processes of a server are not a client's
  manager.pool({ childOptions: {} });
}

test('TypeScript knows the types of a program, and of what is in containers', () => {
  expect([typed, made, containers].map((each) => typeof each)).toEqual(['function', 'function', 'function']);
});

test('a name that an object does not have cannot be exposed', () => {
  const create = () => new Leaf();
  // @ts-expect-error a Leaf has no grow
  defineManager(import.meta, { A: { create, expose: ['grow'] } }, { name: 'no method' });
  // @ts-expect-error a Leaf is not iterable
  defineManager(import.meta, { A: { create, expose: [Symbol.iterator] } }, { name: 'no iterator' });
  expect(Object.keys(Trees)).toEqual(['start', 'serve', 'connect']);
});

test('the calls on plain data that TypeScript knows are those that the server runs', async () => {
  const list: Record<keyof PlainList<number>, readonly unknown[]> = {
    at: [0],
    concat: [[1]],
    fill: [1],
    includes: [1],
    indexOf: [1],
    join: [','],
    lastIndexOf: [1],
    pop: [],
    push: [1],
    reverse: [],
    shift: [],
    slice: [],
    sort: [],
    splice: [0, 1],
    unshift: [1],
  };
  const map: Record<keyof PlainMap<string, number>, readonly unknown[]> = {
    get: ['k'],
    set: ['k', 1],
    has: ['k'],
    delete: ['k'],
    clear: [],
  };
  const set: Record<keyof PlainSet<number>, readonly unknown[]> = {
    add: [1],
    has: [1],
    delete: [1],
    clear: [],
  };
  const record: Record<keyof PlainRecord<{ a: number }>, readonly unknown[]> = {
    get: ['a'],
    set: ['a', 1],
    has: ['a'],
    delete: ['a'],
    keys: [],
  };
  const server = await Manager.serve({ host: '127.0.0.1', port: 0 }, { authKey: 'key' });
  const manager = await Manager.connect(server.address, { authKey: 'key' });
  const dict = await manager.dict<unknown>({
    list: [1, 2],
    map: new Map(),
    set: new Set(),
    record: { a: 1 },
  });
  for (const [key, methods] of Object.entries({ list, map, set, record })) {
    for (const [name, args] of Object.entries(methods)) {
      const value = dict.get(key) as unknown as Record<
        string,
        (...args: readonly unknown[]) => Promise<unknown>
      >;
      const ended = value[name]?.(...args).then(
        () => 'done',
        (error: Error) => error.message,
      );
      expect([key, name, await ended]).toEqual([key, name, 'done']);
    }
  }
  await manager.close();
  await server.shutdown();
});

/** Never called. */
function constructed(): void {
  // @ts-expect-error a manager makes it
  new RemoteDict({});
  // @ts-expect-error a manager makes it
  new RemoteBarrier({});
  // @ts-expect-error a lock makes it
  new RemoteGuard();
  // @ts-expect-error a queue makes it
  new RemoteLease();
  // @ts-expect-error a queue has it
  new RemoteDeadLetters();
}

test('proxies and guards are made by a manager only, and their types name nothing that is not exported', () => {
  expect(constructed).toBeTypeOf('function');
  expect(() => Reflect.construct(RemoteDict, [{}])).toThrow(TypeError);
  const types = readFileSync(new URL('../dist/index.d.ts', import.meta.url), 'utf8');
  const constructors = [...types.matchAll(/constructor\(([^)]+)\)/g)].map(([, parameters]) => parameters);
  expect(constructors).toEqual(['ref: object']);
  expect(types.match(/\b(?:ObjectRef|RefClient|PendingCall|GuardOwner)\b/g)).toBeNull();
});
