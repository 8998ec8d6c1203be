import { checkOptions, deadlineIn, PagedLoop } from '@mp/core/internal';
import { type Fenced, refused, tokenArgument } from './fence.ts';
import { keyBytes, keyOf, type SiteMapKey } from './map-key.ts';
import {
  clearEntries,
  countEntries,
  deleteEntry,
  exchangeEntry,
  readEntries,
  scanEntries,
  writeEntries,
} from './map-scripts.ts';
import { toBytes, toValue } from './message.ts';
import type { Argument, Reply } from './scripts.ts';
import type { Session } from './session.ts';
import { SiteObject } from './site-object.ts';

/** How an entry of a {@link SiteMap} is written. */
export interface SiteMapWrite extends Fenced {
  /** Milliseconds of Redis's clock until the entry is absent. Left out: it stays. */
  readonly ttl?: number | undefined;
}

/**
 * A map for all members of a namespace, on any machine: `SharedMap` of `@mp/shared`. Each operation is one round trip, also that
 * of many keys.
 *
 * @typeParam K strings, numbers, bigints, booleans, bytes
 * @typeParam V anything that a message can be, but `undefined`
 *
 * @example
 * ```text
 * const sessions = site.map('sessions');
 * await sessions.set('ann', { visits: 1 }, { ttl: 60_000 });
 * console.log(await sessions.get('ann'));
 * ```
 */
export class SiteMap<K extends SiteMapKey = string, V = unknown> extends SiteObject {
  readonly #keys: readonly string[];

  /** @internal */
  constructor(session: Session, name: string) {
    super(session, 'map', name);
    this.#keys = [this.names.main, this.names.part('ends'), this.names.part('fence')];
  }

  /** How many entries there are. */
  get size(): Promise<number> {
    return this.run(countEntries, this.#keys) as Promise<number>;
  }

  /** The value of `key`: a copy. `undefined` = there is none. @throws TypeError when `key` cannot be one */
  async get(key: K): Promise<V | undefined> {
    return (await this.getMany([key]))[0];
  }

  /** Whether there is an entry for `key`. */
  async has(key: K): Promise<boolean> {
    const [found] = (await this.run(readEntries, this.#keys, [keyBytes(key)])) as (Buffer | null)[];
    return found !== null;
  }

  /** The values of several keys, in their order, as they are at one moment. */
  async getMany(keys: Iterable<K>): Promise<(V | undefined)[]> {
    const args = Array.from(keys, keyBytes);
    if (args.length === 0) return [];
    const found = (await this.run(readEntries, this.#keys, args)) as (Buffer | null)[];
    return found.map((bytes) => (bytes === null ? undefined : this.#valueOf(bytes)));
  }

  /**
   * Stores a value, in one step for everybody.
   *
   * @param options `ttl` in ms; `token`: see {@link Fenced}
   * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be stored
   * @throws NotOwnerError `ERR_MP_NOT_OWNER` when the token is refused
   * @throws MpError `ERR_MP_NO_SPACE` when Redis is full: nothing was changed; `ERR_MP_DISCONNECTED`: it may be stored or not
   */
  async set(key: K, value: V, options?: SiteMapWrite): Promise<void> {
    const rest = writeArguments('set()', options);
    this.#answered(
      await this.run(writeEntries, this.#keys, [
        ...rest,
        keyBytes(key),
        toBytes(this.session, value, 'value'),
      ]),
      rest[0],
    );
  }

  /** Stores several values: all in one step for everybody. @throws as `set` */
  async setMany(entries: Iterable<readonly [K, V]>, options?: SiteMapWrite): Promise<void> {
    const rest = writeArguments('setMany()', options);
    const args: Argument[] = [...rest];
    let index = 0;
    for (const entry of entries) {
      if (typeof entry !== 'object' || entry === null)
        throw new TypeError(
          `entries[${index}] must be [key, value], not ${entry === null ? 'null' : typeof entry}`,
        );
      args.push(keyBytes(entry[0]), toBytes(this.session, entry[1], `entries[${index++}].value`));
    }
    if (index > 0) this.#answered(await this.run(writeEntries, this.#keys, args), rest[0]);
  }

  /** Deletes the entry of `key`, also when Redis is full. @returns whether there was one */
  async delete(key: K, options?: Fenced): Promise<boolean> {
    const token = tokenArgument(options);
    return this.#answered(await this.run(deleteEntry, this.#keys, [token, keyBytes(key)]), token) === 1;
  }

  /** Deletes all entries, in one step for everybody. */
  async clear(options?: Fenced): Promise<void> {
    const token = tokenArgument(options);
    this.#answered(await this.run(clearEntries, this.#keys, [token]), token);
  }

  /**
   * The value of `key`, or else what `make` returns, stored unless another one was faster.
   *
   * @param make called at most once; other members may call theirs meanwhile, and one of the values is stored
   * @returns what is stored
   */
  async getOrInsert(key: K, make: () => V | PromiseLike<V>): Promise<V> {
    checkFunction(make, 'make');
    const found = await this.get(key);
    if (found !== undefined) return found;
    const value = await make();
    const bytes = keyBytes(key);
    const before = await this.#exchange(bytes, undefined, toBytes(this.session, value, 'value'), '');
    return before === undefined ? value : this.#valueOf(before);
  }

  /**
   * Changes a value: no change of another one comes in between. An entry that would expire still does, at the same time.
   *
   * @param change gets the present value, `undefined` if there is none, and returns the new one, `undefined` to delete the
   * entry, or a promise of that. When another one has changed it meanwhile it is called again: it must do nothing but compute
   * @returns the new value
   * @throws what `change` threw; else as `set`
   */
  async update(
    key: K,
    change: (value: V | undefined) => V | undefined | PromiseLike<V | undefined>,
    options?: Fenced,
  ): Promise<V | undefined> {
    checkFunction(change, 'change');
    const token = tokenArgument(options);
    const bytes = keyBytes(key);
    const [first] = (await this.run(readEntries, this.#keys, [bytes])) as (Buffer | null)[];
    let before = first ?? undefined;
    for (;;) {
      const value = await change(before === undefined ? undefined : this.#valueOf(before));
      const after = value === undefined ? undefined : toBytes(this.session, value, 'value');
      const found = await this.#exchange(bytes, before, after, token);
      if (found === before || (found !== undefined && before?.equals(found) === true)) return value;
      before = found;
    }
  }

  /** Its keys, as {@link SiteMap.entries} yields them. */
  keys(): AsyncIterableIterator<K, void, undefined> {
    return this.#scan((key) => key);
  }

  /** Its values, as {@link SiteMap.entries} yields them. */
  values(): AsyncIterableIterator<V, void, undefined> {
    return this.#scan((_, bytes) => this.#valueOf(bytes));
  }

  /**
   * Its entries. Others may change the map meanwhile: an entry that is there all the time is yielded exactly once, with a value
   * that it had during the iteration; one that comes or goes may be yielded or not.
   */
  entries(): AsyncIterableIterator<[K, V], void, undefined> {
    return this.#scan((key, bytes) => [key, this.#valueOf(bytes)]);
  }

  /** The same as {@link SiteMap.entries}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<[K, V], void, undefined> {
    return this.entries();
  }

  /** Redis may give an entry twice while its table grows or shrinks: keys that were seen are remembered. */
  #scan<R>(read: (key: K, bytes: Buffer) => R): AsyncIterableIterator<R, void, undefined> {
    const seen = new Set<string>();
    let cursor: Buffer | undefined = Buffer.from('0');
    const fetch = async () => {
      if (cursor === undefined) return undefined;
      const [next, ...found] = (await this.run(scanEntries, this.#keys, [cursor])) as Buffer[];
      cursor = next.toString() === '0' ? undefined : next;
      const page: (readonly [Buffer, Buffer])[] = [];
      for (let i = 0; i < found.length; i += 2) {
        const name = found[i].toString('latin1');
        if (seen.has(name)) continue;
        seen.add(name);
        page.push([found[i], found[i + 1]]);
      }
      return page;
    };
    return new PagedLoop(fetch, ([key, bytes]) => read(keyOf(key) as K, bytes));
  }

  /** @returns what was there before; if that is not what was expected, nothing was changed */
  async #exchange(
    key: Buffer,
    expected: Buffer | undefined,
    value: Buffer | undefined,
    token: string,
  ): Promise<Buffer | undefined> {
    const args = [token, key, ...optional(expected), ...optional(value)];
    const [isAdmitted, before] = (await this.run(exchangeEntry, this.#keys, args)) as [number, Buffer | null];
    if (isAdmitted === 0) throw refused(this.title, token, before);
    return before ?? undefined;
  }

  #valueOf(bytes: Buffer): V {
    return toValue(this.session, bytes) as V;
  }

  /** An answer of bytes is the token that a write came too late for. */
  #answered(answer: Reply, token: string): number {
    if (typeof answer === 'number') return answer;
    throw refused(this.title, token, answer);
  }
}

function optional(bytes: Buffer | undefined): readonly [string, Buffer | string] {
  return bytes === undefined ? ['0', ''] : ['1', bytes];
}

function writeArguments(what: string, options: SiteMapWrite | undefined): readonly [string, string] {
  if (options === undefined) return ['', ''];
  checkOptions(options, what, ['ttl', 'token']);
  const { ttl } = options;
  if (ttl !== undefined) {
    deadlineIn(ttl, 'ttl');
    if (!(ttl > 0)) throw new RangeError(`ttl must be more than 0 ms, not ${ttl}`);
  }
  return [tokenArgument(options), ttl === undefined || ttl === Infinity ? '' : String(Math.ceil(ttl))];
}

function checkFunction(value: unknown, name: string): void {
  if (typeof value !== 'function') throw new TypeError(`${name} must be a function, not a ${typeof value}`);
}
