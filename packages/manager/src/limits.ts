import { MpError } from '@mp/core';
import { checkOptions } from '@mp/core/internal';

/** What one client of a server may use, and how many there may be, so that none can starve the others. */
export interface ManagerLimits {
  /** Bytes of one message of a client. Default: 256 MiB. */
  messageBytes?: number | undefined;
  /** Values in one message, counting all in lists and objects: a byte can be one. Default: 4,000,000. */
  messageValues?: number | undefined;
  /**
   * Calls of a client at once that wait for their end, or were answered with what can be taken back until the client has
   * read it: of a lock, a permit, an item, a new object. Default: 100,000.
   */
  pendingCalls?: number | undefined;
  /** Bytes of the arguments of calls of a client that wait, from which on it can begin no more. Default: 512 MiB. */
  pendingBytes?: number | undefined;
  /** References that a client holds at once. Default: 1,000,000. */
  references?: number | undefined;
  /** Bytes of answers that a client has yet to read, from which on the server reads nothing from it. Default: 16 MiB. */
  unreadBytes?: number | undefined;
  /**
   * Bytes that the server may have in memory, for all clients: beyond, what brings more is refused until something was taken
   * out. A tenth more, or up to 32 MiB, may come before garbage is told from what is stored. Default: two thirds of what
   * V8 has for objects that are not young, and any number of bytes in Buffers, which lie beside it.
   */
  memoryBytes?: number | undefined;
  /** Clients that are connected at once; nine in ten may be without the key. Default: 10,000. */
  clients?: number | undefined;
}

/** All limits, as they hold. */
export type Limits = { readonly [K in keyof ManagerLimits]-?: number };

const DEFAULTS: Limits = {
  messageBytes: 256 << 20,
  messageValues: 4_000_000,
  pendingCalls: 100_000,
  pendingBytes: 512 << 20,
  references: 1_000_000,
  unreadBytes: 16 << 20,
  memoryBytes: Infinity,
  clients: 10_000,
};

/** @throws TypeError, RangeError when a limit is not a whole number of at least 1 */
export function limitsOf(given: ManagerLimits = {}): Limits {
  const names = Object.keys(DEFAULTS) as (keyof Limits)[];
  checkOptions(given, 'limits', names);
  const limits = { ...DEFAULTS };
  for (const name of names) {
    const value = given[name];
    if (value === undefined) continue;
    if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not a ${typeof value}`);
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name} must be a whole number of at least 1, not ${value}`);
    limits[name] = value;
  }
  return limits;
}

/** What a client hears that asks for more than it may. */
export function overLimit(what: string, wayOut: string): MpError {
  return new MpError(
    'ERR_MP_LIMIT',
    `The manager refuses this: ${what}. ${wayOut}, or raise the limit where the server is started`,
  );
}
