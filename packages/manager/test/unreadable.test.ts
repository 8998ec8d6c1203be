import { defineManager, type Manager, type ManagerServer } from '@mp/manager';
import { registerClass } from '@mp/serde';
import { eventually, leakCheck } from '@mp/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { errorOf } from './here.ts';

leakCheck();

/* Answers that a client cannot read: what they mention is let go of. */

/** It can be sent, and not be received. */
class Unreadable {}

registerClass(Unreadable, {
  toData: () => 0,
  fromData: () => {
    throw new Error('it cannot be read here');
  },
});

class Leaf {
  touch() {}
}

class Tree {
  readonly #leaf = new Leaf();
  mixed() {
    return [new Unreadable(), new Leaf(), { deep: [new Leaf()] }];
  }
  failing() {
    throw Object.assign(new Error('of the tree'), { first: new Unreadable(), leaf: new Leaf() });
  }
  leaf() {
    return this.#leaf;
  }
  mixedLeaf() {
    return [new Unreadable(), this.#leaf];
  }
}

const Trees = defineManager(
  import.meta,
  {
    Tree: { create: () => new Tree(), expose: ['mixed', 'failing', 'leaf', 'mixedLeaf'] },
    Leaf: { create: () => new Leaf(), class: Leaf, expose: ['touch'] },
  },
  { name: 'unreadable' },
);

let server: ManagerServer;
let manager: Awaited<ReturnType<typeof Trees.connect>>;

beforeAll(async () => {
  server = await Trees.serve({ host: '127.0.0.1', port: 0 }, { authKey: 'key' });
  manager = await Trees.connect(server.address, { authKey: 'key' });
});

afterAll(async () => {
  await (manager as Manager).close();
  await server.shutdown();
});

test('the objects in an answer, and in an error, that cannot be read are let go of', async () => {
  const tree = await manager.Tree();
  for (const call of [() => tree.mixed(), () => tree.failing()]) {
    expect((await errorOf(call())).message).toContain('it cannot be read here');
    await eventually('only the tree is held', () => server.objects === 1);
  }
  tree[Symbol.dispose]();
});

test('an object that the client holds already stays held, until the client lets go of it', async () => {
  const tree = await manager.Tree();
  const leaf = await tree.leaf();
  await errorOf(tree.mixedLeaf());
  expect(await tree.leaf()).toBe(leaf);
  leaf[Symbol.dispose]();
  await eventually('the leaf is let go of', () => server.objects === 1);
  tree[Symbol.dispose]();
});
