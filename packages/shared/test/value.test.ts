import { sweep } from '@mp/core/internal';
import { Value } from '@mp/shared';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';

leakCheck();

const PEER = new URL('./fixtures/value-peer.mjs', import.meta.url);
const open = new Set<Value>();
let count = 0;

function make(...args: ConstructorParameters<typeof Value>): Value {
  const value = new Value(...args);
  open.add(value);
  return value;
}

afterEach(() => {
  for (const value of open) value.close();
  open.clear();
});

describe('types', () => {
  test.each([
    ['i8', -128, 127],
    ['u8', 0, 255],
    ['i16', -32_768, 32_767],
    ['u16', 0, 65_535],
    ['i32', -(2 ** 31), 2 ** 31 - 1],
    ['u32', 0, 2 ** 32 - 1],
    ['i64', -(2n ** 63n), 2n ** 63n - 1n],
    ['u64', 0n, 2n ** 64n - 1n],
  ] as const)('%s holds %s to %s and wraps around', (type, least, most) => {
    const value = make(type, least);
    expect([value.type, value.value]).toEqual([type, least]);
    value.value = most;
    expect(value.value).toBe(most);
    const one = typeof most === 'bigint' ? 1n : 1;
    expect(value.add(one)).toBe(most);
    expect(value.value).toBe(least);
    expect(value.add(-one)).toBe(least);
    expect(value.value).toBe(most);
    const beyond = typeof most === 'bigint' ? most + 1n : (most as number) + 1;
    expect(() => {
      value.value = beyond;
    }).toThrow(RangeError);
    expect(value.compareExchange(least, least)).toBe(most);
    expect(value.compareExchange(most, least)).toBe(most);
    expect(value.value).toBe(least);
  });

  test.each(['f32', 'f64'] as const)('%s holds floats', (type) => {
    const value = make(type, 1.5);
    expect(value.add(0.25)).toBe(1.5);
    expect(value.value).toBe(1.75);
    for (const special of [Number.NaN, -0, Number.POSITIVE_INFINITY]) {
      value.value = special;
      expect(value.value).toBe(special);
      expect(value.compareExchange(special, 2)).toBe(special);
      expect(value.value).toBe(2);
    }
    if (type === 'f64') {
      value.value = 0.1;
      expect(value.value).toBe(0.1);
    }
  });

  test("Python's codes name the same types", () => {
    const codes = {
      b: 'i8',
      B: 'u8',
      h: 'i16',
      H: 'u16',
      i: 'i32',
      I: 'u32',
      l: 'i64',
      q: 'i64',
      L: 'u64',
      Q: 'u64',
    };
    for (const [code, type] of Object.entries({ ...codes, f: 'f32', d: 'f64' })) {
      expect(make(code as 'i').type).toBe(type);
    }
  });

  test.each(['i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64'] as const)(
    '%s subtracts, and changes single bits, in one step each',
    (type) => {
      const big = type.endsWith('64');
      const of = (n: number) => (big ? BigInt(n) : n);
      const value = make(type, of(12));
      const said = [
        value.sub(of(2)),
        value.or(of(5)),
        value.and(of(-2)),
        value.xor(of(3)),
        value.exchange(of(7)),
        value.value,
      ];
      expect(said).toEqual([12, 10, 15, 14, 13, 7].map(of));
      value.value = of(0);
      value.sub(of(1));
      expect(value.value).toBe(
        type.startsWith('i') ? of(-1) : big ? 2n ** 64n - 1n : 2 ** Number(type.slice(1)) - 1,
      );
    },
  );

  test('floats subtract and are exchanged; their single bits are not for changing', () => {
    const value = make('f64', 1.5);
    expect([value.sub(0.25), value.exchange(Number.NaN), value.value]).toEqual([1.5, 1.25, Number.NaN]);
    for (const change of ['and', 'or', 'xor'] as const)
      expect(() => value[change](1)).toThrow(/bits of an f64.*integers/);
  });

  test('c is a byte, u is any character', () => {
    const byte = make('c');
    expect([byte.value, byte.type]).toEqual(['\0', 'c']);
    byte.value = '\u00ff';
    expect(byte.exchange(65)).toBe('\u00ff');
    expect([byte.value, byte.compareExchange('A', 'z'), byte.value]).toEqual(['A', 'A', 'z']);
    const character = make('u', '\u{1f600}');
    expect([character.value, character.exchange('\u{10ffff}'), character.value]).toEqual([
      '\u{1f600}',
      '\u{1f600}',
      '\u{10ffff}',
    ]);
    for (const [value, wrong] of [
      [byte, '\u0100'],
      [byte, 256],
      [byte, ''],
      [character, 'ab'],
      [character, ''],
    ] as const)
      expect(() => {
        value.value = wrong as string;
      }).toThrow(RangeError);
    for (const value of [byte, character]) {
      expect(() => value.add('a')).toThrow(/Cannot calculate with a/);
      expect(() => {
        value.value = null as never;
      }).toThrow(/must be a character, not null/);
    }
    expect(() => new Value('u', 65 as never)).toThrow(TypeError);
  });

  test('starts at 0 when nothing is said, and takes a safe integer for a bigint', () => {
    expect([make('i32').value, make('u64').value, make('i64', 7).value]).toEqual([0, 0n, 7n]);
  });

  test.each([
    ['i31', 0, TypeError],
    [undefined, 0, TypeError],
    ['i32', 1.5, RangeError],
    ['i32', '1', TypeError],
    ['u8', -1, RangeError],
    ['u64', 2 ** 53, TypeError],
    ['i64', Symbol('x'), TypeError],
    ['i32', Object.create(null), TypeError],
    [Symbol('i32'), 0, TypeError],
    [['i32'], 0, TypeError],
    [{}, 0, TypeError],
    ['f64', 1n, TypeError],
    ['i32', null, TypeError],
  ])('refuses a %s of %s', (type, initial, expected) => {
    expect(() => new Value(type as never, initial as never)).toThrow(expected);
  });

  test('refuses to add what is no number of the type, and stays as it was', () => {
    const value = make('i32', 5);
    expect(() => value.add('1' as never)).toThrow(TypeError);
    expect(() => value.add(0.5)).toThrow(RangeError);
    expect(() => value.add(1n as never)).toThrow(TypeError);
    expect(value.value).toBe(5);
  });
});

describe('between processes', () => {
  test.each([
    ['i32', 'add'],
    ['u64', 'add'],
    ['f64', 'add'],
    ['f32', 'add'],
    ['i32', 'exchange'],
    ['i32', 'update'],
  ] as const)('four of them lose nothing (%s, %s)', async (type, what) => {
    const name = `counted-${process.pid}-${count++}`;
    const value = make(type, 0, { name });
    const times = what === 'update' ? 500 : 20_000;
    const peers = Array.from({ length: 4 }, () =>
      spawnFixture(PEER, { args: [name, what, String(times), type] }),
    );
    for (const peer of peers) expect(await peer.exited, peer.stderr).toEqual({ code: 0, signal: null });
    expect(Number(value.value)).toBe(4 * times);
    expect(value.unlink()).toBe(true);
  });

  test('killed inside an update: the old value stays, and the next one gets the lock', async () => {
    const name = `killed-${process.pid}`;
    const value = make('i32', 1, { name });
    const peer = spawnFixture(PEER, { args: [name, 'hang', '1'] });
    expect(await peer.line()).toBe('inside');
    expect(value.lock.holder).toMatchObject({ pid: peer.pid, alive: true });
    await peer.kill();
    expect(await value.update((n) => (n as number) + 1)).toBe(2);
    expect(value.lock.locked).toBe(false);
    value.unlink();
    sweep();
  });
});

describe('life', () => {
  test('update() keeps others out, also async ones of this thread', async () => {
    const value = make('i32', 0);
    const slow = async (n: number | bigint | string) => {
      await new Promise((resolve) => setImmediate(resolve));
      return (n as number) + 1;
    };
    await Promise.all(Array.from({ length: 50 }, () => value.update(slow)));
    expect(value.value).toBe(50);
    await expect(value.update(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(value.update(() => 0.5)).rejects.toThrow(RangeError);
    expect([value.value, value.lock.locked]).toEqual([50, false]);
  });

  test('updateSync() does the same at once, and refuses what goes on without the lock', () => {
    const value = make('i32', 20);
    expect(value.updateSync((n) => (n as number) + 1)).toBe(21);
    expect(() => value.updateSync((async () => 1) as never)).toThrow(/must not be async/);
    expect([value.value, value.lock.locked]).toEqual([21, false]);
    const held = value.lock.acquireSync();
    expect(() => value.updateSync(() => 1)).toThrow(expect.objectContaining({ code: 'ERR_MP_DEADLOCK' }));
    held.release();
    expect(make('i64', 5).updateSync(() => 7)).toBe(7n);
  });

  test('a name is shared; another type under it is a mismatch that names both', () => {
    const name = `named-${process.pid}`;
    const first = make('i32', 5, { name });
    const second = make('i', 9, { name });
    expect([first.created, second.created, second.value]).toEqual([true, false, 5]);
    expect(() => new Value('f64', 0, { name })).toThrow(/its type is i32, not f64/);
    first.close();
    second.close();
    const third = make('i32', 0, { name });
    expect([third.created, third.value]).toEqual([false, 5]);
    expect(third.unlink()).toBe(true);
    expect(() => make('i32').unlink()).toThrow(/without a name/);
  });

  test('closed, it throws, and close() can be called again', () => {
    const value = make('i32', 1);
    const { lock } = value;
    value.close();
    value.close();
    for (const use of [() => value.value, () => value.add(1), () => value.lock, () => lock.tryAcquire()]) {
      expect(use).toThrow(/closed/);
    }
  });
});
