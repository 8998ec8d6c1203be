import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { Event } from '@mp/lock';
import { ShareableList, SharedArray, SharedMap, SharedMemory, SharedStruct, Value } from '@mp/shared';
import { leakCheck } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';

leakCheck();

/*
 * Files of all kinds but the map, which has its own test, that were cut, are foreign, or were written over; and objects that
 * were closed or unlinked. Each use is right or an error with a code, and nothing of another's is lost.
 */
const BODY_AT = 256;
const WORDS = [-1, 0, 1, 5, -5, 1_000_000, 0x7fffffff, 0x3f3f3f3f];

/** -1 where the lock is named is a state of its own: there is none. */
const EXPECTED = /: (ERR_MP_|undefined Cannot lock the \w+: it was made with \{ lock: false \})/;

interface Shared {
  readonly name: string | undefined;
  readonly created: boolean;
  close(): void;
  [Symbol.dispose](): void;
  unlink(): boolean;
}

interface Kind {
  make(name: string): Shared;
  open(name: string): Shared;
  /** Every use of an open one. */
  uses: ((object: never) => unknown)[];
}

const kindOf = <T extends Shared>(
  make: (name: string) => T,
  open: (name: string) => T,
  uses: ((object: T) => unknown)[],
): Kind => ({ make, open, uses: uses as Kind['uses'] });

const LAYOUT = { n: 'i32', in: { f: 'f64' }, list: ['u8', 3] } as const;

const KINDS: Record<string, Kind> = {
  Value: kindOf(
    (name) => new Value('u', 'x', { name }),
    (name) => new Value('u', undefined, { name }),
    [
      (value) => value.value,
      (value) => {
        value.value = 'y';
      },
      (value) => value.exchange('z'),
      (value) => value.compareExchange('z', 'a'),
      (value) => value.updateSync(() => 'b'),
      (value) => value.lock.locked,
    ],
  ),
  SharedArray: kindOf(
    (name) => new SharedArray('i32', [1, 2, 3], { name }),
    (name) => new SharedArray('i32', undefined, { name }),
    [
      (array) => array.view.length,
      (array) => array.length,
      (array) => array.at(-1),
      (array) => array.set(0, 5),
      (array) => array.add(1, 1),
      (array) => array.slice(1),
      (array) => array.fill(2),
      (array) => [...array],
      (array) => array.updateSync(() => 1),
      (array) => array.lock.locked,
    ],
  ),
  SharedStruct: kindOf(
    (name) => new SharedStruct(LAYOUT, { name }),
    (name) => new SharedStruct(LAYOUT, { name }),
    [
      (struct) => struct.fields.n,
      (struct) => struct.add('in.f', 1),
      (struct) => struct.exchange('list.2', 7),
      (struct) => struct.updateSync((fields) => fields.list.length),
      (struct) => struct.lock.locked,
    ],
  ),
  SharedMemory: kindOf(
    (name) => SharedMemory.create({ name, size: 5000, persist: true }),
    (name) => SharedMemory.open(name),
    [(memory) => memory.buffer.byteLength, (memory) => memory.size],
  ),
  ShareableList: kindOf(
    (name) => new ShareableList(['text', 1, null], { name }),
    (name) => new ShareableList(undefined, { name }),
    [
      (list) => list.length,
      (list) => list.at(0),
      (list) => list.set(-1, 5),
      (list) => list.indexOf(1),
      (list) => list.count(null),
      (list) => [...list],
    ],
  ),
};

let count = 0;
let name = '';
const path = () => `${process.env.MP_DIR}/n-${name}`;
const code = (expected: string) => expect.objectContaining({ code: expected });
const fresh = () => {
  name = `damage-${process.pid}-${count++}`;
  return name;
};

afterEach(() => rmSync(path(), { force: true }));

describe.each(Object.entries(KINDS))('%s', (title, { make, open, uses }) => {
  test('a file that was cut, is foreign, or of another kind, is refused and stays what it is', () => {
    make(fresh()).close();
    const whole = readFileSync(path());
    for (const cut of [whole.length - 1, BODY_AT + 200, BODY_AT, 100, 3]) {
      writeFileSync(path(), whole);
      truncateSync(path(), cut);
      for (const way of [open, title === 'SharedMemory' ? open : make])
        expect(() => way(name), `cut to ${cut}`).toThrow(code('ERR_MP_MISMATCH'));
      expect(statSync(path()).size).toBe(cut);
    }
    writeFileSync(path(), Buffer.alloc(whole.length, 'foreign'));
    expect(() => open(name)).toThrow(/is not a segment of @mp/);
    expect(statSync(path()).size).toBe(whole.length);
    rmSync(path());
    const event = new Event({ name });
    expect(() => open(name)).toThrow(/it is an Event made by pid/);
    event.set();
    expect(event.isSet).toBe(true);
    event.unlink();
    const map = new SharedMap({ name }).set('a', 1);
    expect(() => open(name)).toThrow(/it is a SharedMap made by pid/);
    expect([...map]).toEqual([['a', 1]]);
    map.unlink();
  });

  test('single words written over: each use is right or an error with a code, and ends', () => {
    make(fresh()).close();
    const whole = readFileSync(path());
    let refused = 0;
    const end = Math.min(whole.length, 1900);
    for (let at = BODY_AT, turn = 0; at + 4 <= end; at += 4, turn++) {
      const damaged = Buffer.from(whole);
      const word = WORDS[turn % WORDS.length];
      damaged.writeInt32LE(word, at);
      writeFileSync(path(), damaged);
      let object: Shared | undefined;
      const attempt = (use: () => unknown) => {
        try {
          use();
        } catch (error) {
          refused++;
          const { message } = error as Error;
          expect(`${word} at ${at}: ${(error as { code?: unknown }).code} ${message}`).toMatch(EXPECTED);
        }
      };
      attempt(() => (object = open(name)));
      if (object === undefined) continue;
      for (const use of uses) attempt(() => use(object as never));
      attempt(() => object?.close());
    }
    expect(refused).toBeGreaterThan(0);
  });

  test('closed or unlinked, every use says so, also a second time; others that have it go on', () => {
    const object = make(fresh());
    const other = open(name);
    object[Symbol.dispose]();
    object.close();
    object[Symbol.dispose]();
    for (const use of uses) expect(() => use(object as never), String(use)).toThrow(code('ERR_MP_CLOSED'));
    for (const use of uses) use(other as never);
    expect(other.unlink()).toBe(true);
    for (const use of uses) expect(() => use(other as never), String(use)).toThrow(code('ERR_MP_CLOSED'));
    expect([other.unlink(), other.name]).toEqual([true, name]);
    const next = make(name);
    expect(next.created).toBe(true);
    next.unlink();
  });
});
