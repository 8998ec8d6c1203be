import { Lock, RLock, SharedArray, SharedStruct, Value } from '@mp/shared';
import { leakCheck } from '@mp/testing';
import { describe, expect, test } from 'vitest';

leakCheck();

type Options = ConstructorParameters<typeof Value>[2];

/** The 5 that each of them holds. */
const numberIn = (object: Value | SharedArray | SharedStruct) => {
  if (object instanceof SharedStruct) return object.fields.n;
  return object instanceof Value ? object.value : object.at(0);
};

/** Each class of objects with a lock. */
const MAKERS = {
  Value: (options?: Options) => new Value('i32', 5, options),
  SharedArray: (options?: Options) => new SharedArray('i32', [5], options),
  SharedStruct: (options?: Options) => {
    const struct = new SharedStruct({ n: 'i32' }, options);
    if (struct.created) struct.fields.n = 5;
    return struct;
  },
};

let count = 0;

describe.each(Object.entries(MAKERS))('%s', (title, make) => {
  test('VALUE-2, VALUE-5: the lock is its own, or the one it was given, or none', async () => {
    for (const options of [undefined, {}, { lock: true }]) {
      const object = make(options);
      expect(object.lock).toBeInstanceOf(Lock);
      expect(object.lock).toBe(object.lock);
      object.close();
    }
    for (const lock of [new Lock(), new RLock()]) {
      const object = make({ lock });
      expect(object.lock).toBe(lock);
      object.close();
      expect(lock.locked).toBe(false);
      lock.close();
    }
    const raw = make({ lock: false });
    expect(() => raw.lock).toThrow(/made with \{ lock: false \}/);
    expect(() => raw.updateSync(() => 1)).toThrow(TypeError);
    await expect(raw.update(() => 1)).rejects.toThrow(TypeError);
    raw.close();
    for (const wrong of ['navalue', 'notalock', 1, null, {}])
      expect(() => make({ lock: wrong as never })).toThrow(
        new RegExp(`The lock of a ${title} must be true, false, a Lock or an RLock`),
      );
    expect(() => make(null as never)).toThrow(TypeError);
  });

  test('two objects with one lock keep each other out', async () => {
    const lock = new Lock();
    const [one, two] = [make({ lock }), make({ lock })];
    const order: string[] = [];
    const first = one.update(async () => {
      order.push('one begins');
      await new Promise(setImmediate);
      order.push('one ends');
      return 1;
    });
    const second = two.update(() => order.push('two'));
    await Promise.all([first, second]);
    expect(order).toEqual(['one begins', 'one ends', 'two']);
    for (const each of [one, two, lock]) each.close();
  });

  test('a change inside a change is a deadlock with a Lock, and enters again with an RLock', async () => {
    const own = make();
    expect(() => own.updateSync(() => own.updateSync(() => 1))).toThrow(
      expect.objectContaining({ code: 'ERR_MP_DEADLOCK' }),
    );
    own.close();
    const lock = new RLock();
    const again = make({ lock });
    again.updateSync(() => again.updateSync(() => 1));
    await again.update(async () => {
      await again.update(() => 1);
      return 1;
    });
    expect(lock.locked).toBe(false);
    again.close();
    lock.close();
  });

  test('a named one says which lock it has, and refuses another', () => {
    const name = `locks-${process.pid}-${count++}`;
    const lock = new Lock({ name: `${name}-lock` });
    const first = make({ name, lock });
    const second = make({ name });
    expect(second.lock.name).toBe(lock.name);
    const guard = lock.acquireSync();
    expect(second.lock.locked).toBe(true);
    guard.release();
    expect(() => make({ name, lock: true })).toThrow(/its lock is n-.*-lock, not its own/);
    expect(() => make({ name, lock: false })).toThrow(/its lock is n-.*-lock, not none/);
    second.close();
    expect(lock.locked).toBe(false);
    first.unlink();

    const raw = make({ name, lock: false });
    const other = make({ name });
    expect(() => other.lock).toThrow(/lock: false/);
    expect(() => make({ name, lock })).toThrow(/its lock is none, not n-/);
    other.close();
    raw.unlink();
    lock.unlink();
  });

  test('the lock of a named one that is gone is missed when it is needed; the rest works on', async () => {
    const name = `locks-${process.pid}-${count++}`;
    const lock = new Lock();
    const first = make({ name, lock });
    first.close();
    lock.close();
    const second = make({ name });
    const stale = expect.objectContaining({ code: 'ERR_MP_STALE' });
    expect(() => second.lock).toThrow(stale);
    await expect(second.update(() => 1)).rejects.toThrow(stale);
    expect(numberIn(second as Value)).toBe(5);
    expect(second.unlink()).toBe(true);
  });

  test('a lock without a name stays as long as an object that was opened by its name', () => {
    const name = `locks-${process.pid}-${count++}`;
    const lock = new Lock();
    const first = make({ name, lock });
    const second = make({ name });
    first.close();
    lock.close();
    expect(second.updateSync(() => 1)).toBe(1);
    expect(second.unlink()).toBe(true);
  });
});
