import {
  checkOptions,
  FLAG_TRANSIENT,
  H_FLAGS,
  HANDLE,
  type HandleRecord,
  type Opened,
  openPrimitive,
  Primitive,
  registerHandle,
  Segment,
} from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { initLock } from '@mp/lock/internal';
import { refuseDamaged } from '../locked.ts';
import { Cells } from './cells.ts';
import { KeyBytes, type MapKey } from './key.ts';
import { BYTES_F64, COUNT, EVICT, MAP_VERSION, MAP_WORDS, MAX_BYTES_F64, SEED, TABLE } from './layout.ts';
import { type CopiedEntry, HASHES, MapReader } from './map-reader.ts';
import { type Draft, MapWriter } from './map-writer.ts';
import { checkMapOptions, expiryIn, type SharedMapOptions, type TtlOptions } from './options.ts';
import type { ValueBytes } from './record.ts';
import { Satellites } from './satellites.ts';
import { ValueCodec } from './value-codec.ts';

/**
 * A `Map` in shared memory, for every process and thread: what people run a server or a database for on one machine.
 *
 * Reading takes no lock and waits for nobody. Changes take turns by a lock inside; each is one step for the others, also if
 * the process that makes it is killed: they see the value before it or the one after it. Values are copied in and out, by the
 * rules of messages: to change one, `set` or `update` it. Keys are equal as in a `Map`, and bytes if their content is. The
 * order of iteration is not that of insertion.
 *
 * It is not `Manager().dict()` of Python, which keeps its content in one more process and asks that for each access.
 *
 * @typeParam K what its keys are
 * @typeParam V what its values are
 *
 * @example
 * ```js
 * import { SharedMap } from '@mp/shared';
 *
 * const sessions = new SharedMap();
 * sessions.set('ann', { visits: 1 });
 * sessions.update('ann', ({ visits }) => ({ visits: visits + 1 }));
 * console.log(sessions.get('ann')); // { visits: 2 }
 * console.log(sessions.getOrInsert('bob', () => ({ visits: 0 }))); // { visits: 0 }
 * console.log(sessions.size); // 2
 * sessions.close();
 * ```
 */
export class SharedMap<K extends MapKey = MapKey, V = unknown> extends Primitive {
  readonly #lock: Lock;
  readonly #key: KeyBytes;
  readonly #cells: Cells;
  readonly #codec: ValueCodec;
  readonly #reader: MapReader;
  readonly #writer: MapWriter;

  /**
   * @param options `name` to share it with unrelated processes; `maxBytes` and `evict` to limit what it holds; `persist`
   * to have it outlive its users
   * @param received only for `@mp`: the segment of a map that came in a message
   * @throws TypeError, RangeError on bad options
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, or to a map with other options;
   * `ERR_MP_NO_SPACE`
   */
  constructor(options: SharedMapOptions = {}, received?: Segment) {
    super(received ? { segment: received, created: false } : open(options));
    const { segment } = this;
    if (segment.bytes.length < MAP_WORDS * 4) refuseDamaged(segment, 'SharedMap', 'its file is too short');
    this.#lock = new Lock({}, segment);
    this.#key = new KeyBytes(segment.words[SEED]);
    const satellites = new Satellites(segment);
    this.#cells = new Cells(segment, satellites);
    this.#codec = new ValueCodec(segment);
    this.#reader = new MapReader(segment, this.#cells, satellites, this.#codec);
    this.#writer = new MapWriter(segment, this.#cells, satellites, this.#reader);
  }

  /** How many entries it has. Those that have expired count until a change of the map has freed them. */
  get size(): number {
    this.assertOpen();
    if (this.#writer.isDirty) this.#repairNow();
    return this.segment.words[COUNT];
  }

  /** Bytes that its entries take: the whole cells of keys and values, and 16 bytes each. It is what `maxBytes` limits. */
  get bytes(): number {
    this.assertOpen();
    if (this.#writer.isDirty) this.#repairNow();
    return this.segment.floats[BYTES_F64];
  }

  /** The limit of {@link SharedMap.bytes}; `undefined` = none. */
  get maxBytes(): number | undefined {
    this.assertOpen();
    return this.segment.floats[MAX_BYTES_F64] || undefined;
  }

  /**
   * The value of `key`: a copy, made anew each time. `undefined` = there is none.
   *
   * @throws TypeError when `key` cannot be one; ClosedError `ERR_MP_CLOSED`
   */
  get(key: K): V | undefined {
    return this.#reader.get(this.#find(key)) as V | undefined;
  }

  /** Whether there is an entry for `key`. */
  has(key: K): boolean {
    return this.#reader.has(this.#find(key));
  }

  /** The values of several keys, in their order; each one is read by itself. */
  getMany(keys: Iterable<K>): (V | undefined)[] {
    const values: (V | undefined)[] = [];
    for (const key of keys) values.push(this.get(key));
    return values;
  }

  /**
   * Stores a value, in one step for everybody.
   *
   * @param value what a message can be, but no handles of other shared objects; not `undefined`
   * @param options `ttl`: milliseconds until the entry is absent; left out: it stays
   * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be stored
   * @throws MpError `ERR_MP_NO_SPACE` with the figures when it is full. The map is what it was
   * @throws DeadlockError `ERR_MP_DEADLOCK` inside of an `update` of the same map
   */
  set(key: K, value: V, options?: TtlOptions): this {
    this.assertOpen();
    const expiry = expiryIn(options);
    const bytes = this.#codec.encode(value);
    this.#change(() => this.#write(key, bytes, expiry));
    return this;
  }

  /**
   * Stores several values: all, or none if one of them cannot be stored. Others see them appear one after the other.
   *
   * @param options as for {@link SharedMap.set}
   */
  setMany(entries: Iterable<readonly [K, V]>, options?: TtlOptions): this {
    this.assertOpen();
    const expiry = expiryIn(options);
    // Of one key the last value counts, as if they were set one after the other.
    const drafts = new Map<string, Draft>();
    let index = 0;
    for (const entry of entries) {
      // A string of two characters would make a key and a value, too.
      if (!isObject(entry))
        throw new TypeError(`entries[${index}] must be [key, value], not ${typeof entry}`);
      const [key, value] = entry;
      const { bytes, length, more } = this.#codec.encode(value, `entries[${index++}].value`);
      this.#key.set(key);
      // A copy: the next entry that is yielded may have its key in the same bytes.
      const kept = key instanceof Uint8Array ? Buffer.from(key) : key;
      const copied = { buffer: Buffer.from(bytes), length, more: more.map((piece) => Buffer.from(piece)) };
      drafts.set(this.#key.text, { key: kept, value: copied });
    }
    this.#change(() => {
      const all = [...drafts.values()];
      const find = (key: MapKey) => this.#find(key as K);
      this.#writer.prepareMany(all, find);
      const cells = all.map(({ key, value }) => this.#writer.write(find(key), value, expiry));
      for (const [index, { key }] of all.entries()) this.#writer.link(find(key), cells[index]);
    });
    return this;
  }

  /**
   * Deletes the entry of `key`, in one step for everybody.
   *
   * @returns whether there was one
   */
  delete(key: K): boolean {
    return this.#change(() => this.#writer.delete(this.#find(key)));
  }

  /** Deletes all entries, in one step for everybody, and gives back their memory. */
  clear(): void {
    this.#change(() => this.#writer.clear());
  }

  /**
   * The value of `key`, or else what `make` returns, stored before anybody else could store one.
   *
   * @param make called at most once, while the other changes of this map wait; it may read this map, not change it
   * @throws what `make` threw, and what {@link SharedMap.set} throws
   */
  getOrInsert(key: K, make: () => V): V {
    checkFunction(make, 'make');
    const found = this.get(key);
    if (found !== undefined) return found;
    return this.#locked(() => {
      const inserted = this.get(key);
      if (inserted !== undefined) return inserted;
      const value = make();
      this.#store(key, value, 0);
      return value;
    });
  }

  /**
   * Changes a value in one step for everybody: nobody else's change comes in between. An entry that would expire still
   * does, at the same time.
   *
   * @param change gets the present value, `undefined` if there is none, and returns the new one, or `undefined` to delete
   * the entry. It is called while the other changes of this map wait; it may read this map, not change it. Not async
   * @returns the new value
   * @throws what `change` threw, and what {@link SharedMap.set} throws. The map is what it was
   */
  update(key: K, change: (value: V | undefined) => V | undefined): V | undefined {
    checkFunction(change, 'change');
    return this.#locked(() => {
      // First: if it expires before it is read, it is as if it had not been there.
      const expiry = this.#writer.expiryOf(this.#find(key));
      const present = this.get(key);
      const value = change(present);
      if (value === undefined) this.#writer.run(() => this.#writer.delete(this.#find(key)));
      else this.#store(key, value, present === undefined ? 0 : expiry);
      return value;
    });
  }

  /** Its keys, as {@link SharedMap.entries} yields them. */
  *keys(): Generator<K, void, undefined> {
    for (const { key } of this.#copies(false)) yield key as K;
  }

  /** Its values, as {@link SharedMap.entries} yields them. */
  *values(): Generator<V, void, undefined> {
    for (const { value } of this.#copies(true)) yield this.#codec.decode(value as Buffer) as V;
  }

  /**
   * Its entries. Others may change the map meanwhile: an entry that is there all the time is yielded exactly once, with a
   * value that it had during the iteration; one that comes or goes may be yielded or not.
   */
  *entries(): Generator<[K, V], void, undefined> {
    for (const { key, value } of this.#copies(true))
      yield [key as K, this.#codec.decode(value as Buffer) as V];
  }

  /** The same as {@link SharedMap.entries}. */
  [Symbol.iterator](): Generator<[K, V], void, undefined> {
    return this.entries();
  }

  /**
   * Gives the name up: closes it here, and has it removed when it is not in use any more, be it persistent or not.
   *
   * @returns whether the name is free now. `false`: others use it, and it goes with the last of them
   * @throws TypeError when it has no name
   */
  override unlink(): boolean {
    if (this.name !== undefined && !this.segment.closed)
      Atomics.or(this.segment.words, H_FLAGS, FLAG_TRANSIENT);
    return super.unlink();
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    return { kind: 'map', data: this.segment.file, segment: this.segment.file };
  }

  /** @internal */
  protected override endWaits(): void {
    this.#reader.close();
    this.#cells.close();
    this.#lock.close();
  }

  #find(key: K): KeyBytes {
    this.assertOpen();
    this.#key.set(key);
    return this.#key;
  }

  #locked<T>(body: () => T): T {
    this.assertOpen();
    const guard = this.#lock.acquireSync();
    try {
      return body();
    } finally {
      guard.release();
    }
  }

  #change<T>(change: () => T): T {
    return this.#locked(() => this.#writer.run(change));
  }

  /** Stores a value by the owner of the lock. */
  #store(key: K, value: V, expiry: number): void {
    const bytes = this.#codec.encode(value);
    // The user's code before this may have closed the map.
    this.assertOpen();
    this.#writer.run(() => this.#write(key, bytes, expiry));
  }

  #write(key: K, value: ValueBytes, expiry: number): void {
    const sought = this.#find(key);
    const slot = this.#writer.prepare(sought, value);
    this.#writer.link(sought, this.#writer.write(sought, value, expiry), slot);
  }

  /** If it was a dead thread that left the counts half changed, the lock can be had now. */
  #repairNow(): void {
    const guard = this.#lock.tryAcquire();
    if (guard === undefined) return;
    try {
      this.#writer.repair();
    } finally {
      guard.release();
    }
  }

  *#copies(withValues: boolean): Generator<CopiedEntry, void, undefined> {
    for (let from = 0; from < HASHES; ) {
      this.assertOpen();
      const entries: CopiedEntry[] = [];
      from = this.#reader.group(from, entries, withValues);
      for (const entry of entries) {
        // The loop may have closed the map, and what shapes a value has is written there.
        this.assertOpen();
        yield entry;
      }
    }
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function checkFunction(value: unknown, name: string): void {
  if (typeof value !== 'function')
    throw new TypeError(`${name} must be a function, not ${value === null ? 'null' : `a ${typeof value}`}`);
}

function open(options: SharedMapOptions): Opened {
  checkOptions(options, 'SharedMap', ['name', 'maxBytes', 'evict', 'persist']);
  const { maxBytes, evict, persist } = checkMapOptions(options);
  return openPrimitive(
    options,
    {
      kind: 'map',
      version: MAP_VERSION,
      size: MAP_WORDS * 4,
      initialBytes: (TABLE + 16) * 4,
      transient: options.name !== undefined && !persist,
      fill: (views) => {
        initLock(views);
        views.words[SEED] = Math.random() * 2 ** 32;
        views.words[EVICT] = evict === 'lru' ? 1 : 0;
        views.floats[MAX_BYTES_F64] = maxBytes ?? 0;
      },
    },
    ({ words, floats }) => [
      { name: 'maxBytes', asked: maxBytes, found: floats[MAX_BYTES_F64] },
      { name: 'evict', asked: evict, found: words[EVICT] === 1 ? 'lru' : 'none' },
      { name: 'persist', asked: persist, found: (words[H_FLAGS] & FLAG_TRANSIENT) === 0 },
    ],
  );
}

registerHandle('map', {
  package: '@mp/shared',
  decode: (data) => new SharedMap({}, Segment.attach(String(data), 'map', MAP_VERSION)),
});
