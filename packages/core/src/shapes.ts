import { Shape, type ShapeFinder } from './shape.ts';
import type { ShapeTable } from './shape-table.ts';

/*
 * What one thread knows of the shapes of a carrier. A sender looks for the shape of each object: first for the one that
 * stood at the same place of the last message, then by a hash of the keys. A shape that is met twice within a short time is
 * added to the table; what is met once, like a dictionary, would only fill it.
 */

/** Numbers are one byte, of which 255 says something else. */
const SHAPES_MOST = 255;
/** Bytes of an entry: a longer one takes the place of many. */
const ENTRY_MOST = 512;
const KEY_MOST = 255;
const KEYS_MOST = 255;

/** How many shapes that were met once are remembered; a power of two. */
const REMEMBERED = 64;

/**
 * After so many searches in vain, one after the other, objects are not searched for any more, for as many objects first, and
 * for twice as many each time: objects that all differ should not cost more than they do without shapes.
 */
const PATIENCE = 32;
const LONGEST_REST = 1024;

/** The shapes of one carrier, for one thread. */
export class Shapes implements ShapeFinder {
  /** Where a message stands: the place of its outermost objects. */
  readonly top: Shape;
  readonly stray: Shape;
  readonly #table: ShapeTable;
  readonly #none: Shape;
  readonly #byId: Shape[] = [];
  readonly #byHash = new Map<number, Shape>();
  readonly #once: (readonly string[] | undefined)[] = [];
  /** Bytes of the table that were read. */
  #read = 0;
  #isDamaged = false;
  #misses = 0;
  #rest = 0;
  #nextRest = PATIENCE;

  constructor(table: ShapeTable) {
    this.#table = table;
    this.#none = new Shape(-1, [], this);
    this.top = new Shape(-1, [], this, this.#none);
    this.stray = new Shape(-1, [], this, this.#none);
  }

  /** The shape with this number, if there is one. */
  byId(id: number): Shape | undefined {
    const known = this.#byId[id];
    if (known !== undefined) return known;
    this.#readMore();
    return this.#byId[id];
  }

  find(value: object, place: Shape, index: number): Shape | undefined {
    const expected = place.inner[index];
    if (expected.fits(value)) return expected;
    const { after } = expected;
    const found = after.fits(value) ? after : this.#search(value);
    if (found === undefined) return undefined;
    expected.after = found;
    place.inner[index] = found;
    return found;
  }

  #search(value: object): Shape | undefined {
    if (this.#rest > 0) {
      this.#rest--;
      return undefined;
    }
    const hash = hashOf(value);
    if (hash === undefined) return undefined;
    const found = this.#byHashOf(hash, value) ?? this.#learn(hash, value);
    if (found !== undefined) {
      this.#misses = 0;
      this.#nextRest = PATIENCE;
    } else if (++this.#misses === PATIENCE) {
      this.#misses = 0;
      this.#rest = this.#nextRest;
      this.#nextRest = Math.min(LONGEST_REST, this.#nextRest * 2);
    }
    return found;
  }

  #byHashOf(hash: number, value: object): Shape | undefined {
    let shape = this.#byHash.get(hash);
    while (shape !== undefined && !shape.fits(value)) shape = shape.twin;
    return shape;
  }

  /** The shape may be one that another thread has added, or be new and worth a place. */
  #learn(hash: number, value: object): Shape | undefined {
    if (this.#readMore()) {
      const found = this.#byHashOf(hash, value);
      if (found !== undefined) return found;
    }
    if (this.#isDamaged || this.#byId.length === SHAPES_MOST) return undefined;
    const keys = Object.keys(value);
    const entry = entryOf(keys);
    if (entry === undefined || this.#table.isFullFor(entry.length) || hasInherited(value, keys))
      return undefined;
    const slot = hash & (REMEMBERED - 1);
    const before = this.#once[slot];
    this.#once[slot] = keys;
    if (before === undefined || !isSame(before, keys)) return undefined;
    this.#table.add(entry, this.#read);
    this.#readMore();
    return this.#byHashOf(hash, value);
  }

  /** Reads what was added to the table. @returns whether that was anything */
  #readMore(): boolean {
    const { end } = this.#table;
    if (end === this.#read || this.#isDamaged) return false;
    const bytes = this.#table.read(this.#read, end);
    for (let at = 0; bytes !== undefined && at < bytes.length; ) {
      const entry = entryAt(bytes, at);
      if (entry === undefined || this.#byId.length === SHAPES_MOST) break;
      this.#know(entry.keys);
      at += entry.length;
      this.#read += entry.length;
    }
    this.#isDamaged = this.#read !== end;
    return true;
  }

  #know(keys: readonly string[]): void {
    const shape = new Shape(this.#byId.length, keys, this, this.#none);
    this.#byId.push(shape);
    const hash = hashOf(Object.fromEntries(keys.map((key) => [key, 0])));
    if (hash === undefined) return;
    shape.twin = this.#byHash.get(hash);
    this.#byHash.set(hash, shape);
  }
}

/** @returns `undefined` = it has too many keys for a shape */
function hashOf(value: object): number | undefined {
  let hash = 0;
  let left = KEYS_MOST;
  for (const key in value) {
    if (left-- === 0) return undefined;
    const { length } = key;
    const middle = key.charCodeAt(length >> 1);
    hash = (Math.imul(hash, 31) + length + Math.imul(middle, 7) + key.charCodeAt(length - 1)) | 0;
  }
  return hash;
}

/** Whether something was put on `Object.prototype` that a walk over all objects meets: none fits its own keys then. */
function hasInherited(value: object, keys: readonly string[]): boolean {
  let count = 0;
  for (const _ in value) count++;
  return count !== keys.length;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((key, index) => key === others[index]);
}

/** How keys stand in the table; `undefined` = they cannot, or are too long to be worth it. */
function entryOf(keys: readonly string[]): Buffer | undefined {
  if (keys.length === 0 || keys.length > KEYS_MOST) return undefined;
  const entry = Buffer.allocUnsafe(ENTRY_MOST);
  entry[0] = keys.length;
  let at = 1;
  for (const key of keys) {
    if (!mayBeShared(key)) return undefined;
    const bytes = Buffer.byteLength(key);
    if (bytes > KEY_MOST || at + 1 + bytes > ENTRY_MOST) return undefined;
    entry[at++] = bytes;
    at += entry.write(key, at);
  }
  return entry.subarray(0, at);
}

/** The keys of the entry at `at`, and how many bytes it takes; `undefined` = that is none. */
function entryAt(bytes: Buffer, at: number): { keys: string[]; length: number } | undefined {
  const keys: string[] = [];
  let next = at + 1;
  for (let left = bytes[at]; left > 0; left--) {
    const end = next + 1 + bytes[next];
    // Behind the last byte the sum is NaN.
    if (!(end <= bytes.length)) return undefined;
    const key = bytes.toString('utf8', next + 1, end);
    if (!mayBeShared(key)) return undefined;
    keys.push(ofObjects(key));
    next = end;
  }
  return keys.length === 0 || new Set(keys).size < keys.length ? undefined : { keys, length: next - at };
}

/** Keys with a meaning of their own, and those that UTF-8 cannot carry, are in no shape. */
function mayBeShared(key: string): boolean {
  return key !== '__proto__' && key !== 'constructor' && key.isWellFormed();
}

/** The same key as V8 keeps it for objects: it is compared without a look at its characters. */
function ofObjects(key: string): string {
  return Object.keys({ [key]: 0 })[0];
}
