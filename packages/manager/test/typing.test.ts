import {
  defineManager,
  type Manager,
  type Remote,
  type RemoteArray,
  type RemoteDict,
  type RemoteList,
  type RemoteNamespace,
  type RemotePool,
  type RemoteValue,
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
  hidden(): void {}
  *[Symbol.iterator](): Generator<number> {
    yield this.height;
  }
}

const Trees = defineManager(
  import.meta,
  {
    Tree: {
      create: (height: number) => Object.assign(new Tree(), { height }),
      expose: ['grow', 'leaf', 'tags', 'height', Symbol.iterator],
    },
    Leaf: { create: async () => new Leaf(), expose: ['rename', 'name'] },
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
  expectTypeOf(await tree.leaf('a')).toEqualTypeOf<Remote<Leaf>>();
  expectTypeOf(await tree.leaf('a').rename('b').get('name')).toEqualTypeOf<string>();
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
  expect([typeof typed, typeof containers]).toEqual(['function', 'function']);
});

test('a name that an object does not have cannot be exposed', () => {
  const create = () => new Leaf();
  // @ts-expect-error a Leaf has no grow
  defineManager(import.meta, { A: { create, expose: ['grow'] } }, { name: 'no method' });
  // @ts-expect-error a Leaf is not iterable
  defineManager(import.meta, { A: { create, expose: [Symbol.iterator] } }, { name: 'no iterator' });
  expect(Object.keys(Trees)).toEqual(['start', 'serve', 'connect']);
});
