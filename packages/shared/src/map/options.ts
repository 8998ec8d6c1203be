import { checkOptions } from '@mp/core/internal';
/** What happens when a map is full. */
export type Eviction = 'none' | 'lru';

/** What a new SharedMap may be told. */
export interface SharedMapOptions {
  /** Shares it with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
  /** Bytes that its entries may take, see `SharedMap.bytes`. Left out: what the segment directory has. */
  maxBytes?: number;
  /**
   * What happens when it is full: `'none'`, the default, refuses more; `'lru'` deletes the entries that were used longest
   * ago, roughly, and needs `maxBytes`. To open a map that exists, both can be left out.
   */
  evict?: Eviction;
  /**
   * Whether a named map outlives its users, until it is unlinked; false by default: it goes with the last of them, in
   * whatever way that one ends.
   */
  persist?: boolean;
}

/** How an entry is stored. */
export interface TtlOptions {
  /** Milliseconds until the entry is absent, by the clock of the machine. */
  ttl?: number;
}

const EVICTIONS: readonly unknown[] = ['none', 'lru'];

/** @throws TypeError, RangeError when options are none */
export function checkMapOptions(options: SharedMapOptions): SharedMapOptions {
  const { maxBytes, evict, persist } = options;
  if (persist !== undefined && typeof persist !== 'boolean')
    throw new TypeError(`persist must be a boolean, not a ${typeof persist}`);
  if (persist && options.name === undefined)
    throw new TypeError('A SharedMap that persists needs a name: nobody could find it without');
  if (evict !== undefined && !EVICTIONS.includes(evict))
    throw new TypeError(`evict must be 'none' or 'lru', not ${JSON.stringify(evict) ?? typeof evict}`);
  if (maxBytes !== undefined) {
    if (typeof maxBytes !== 'number')
      throw new TypeError(`maxBytes must be a number, not a ${typeof maxBytes}`);
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 1)
      throw new RangeError(`maxBytes must be a whole number of 1 or more, not ${maxBytes}`);
  } else if (evict === 'lru') {
    throw new TypeError("evict: 'lru' needs maxBytes: without a limit nothing is ever evicted");
  }
  return options;
}

/** When an entry that is stored now expires, 0 = never. @throws TypeError, RangeError when `ttl` is none */
export function expiryIn(options: TtlOptions | undefined): number {
  if (options === undefined) return 0;
  checkOptions(options, 'An entry of a SharedMap', ['ttl']);
  const { ttl } = options;
  if (ttl === undefined) return 0;
  if (typeof ttl !== 'number')
    throw new TypeError(`ttl must be a number of milliseconds, not a ${typeof ttl}`);
  if (!(ttl > 0) || !Number.isFinite(ttl))
    throw new RangeError(`ttl must be more than 0 milliseconds, not ${ttl}`);
  return Date.now() + ttl;
}
