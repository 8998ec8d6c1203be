/*
 * What a client and a server say to each other, over whatever connects them. `docs/decisions/009-manager.md` has the
 * states behind it.
 *
 * A message of a client is an array: how many messages of the server it has read, then operations.
 *
 *   [id, target, method, args, flags?]  a call; `id` > 0 and new
 *   [RELEASE, ref, count]               the client lets go of `count` mentions of an object
 *   [CANCEL, id]                        the client does not wait for this call any more, and has not read its answer
 *   [LEND, ref, token, loan]            a reference is on its way to another process, which will redeem this loan
 *
 * `target` is a reference of this connection, or -id of a call earlier in the same message: its result. `args` is an
 * array of strings, numbers, booleans and null; or, when there is more to them, the bytes of such an array.
 *
 * A message of the server is an array of answers, three places each: the id of the call, what follows, and that.
 */

/** The version of all this. Both ends must have the same. */
export const VERSION = 1;

export const RELEASE = 0;
export const CANCEL = -1;
export const LEND = -2;

/** A flag of a call: it is not to wait; what it cannot do at once is a `TimeoutError`. */
export const NOW = 1;

/** An answer without a value … */
export const NOTHING = 0;
/** … with a string, number, boolean or null, or a few of those in lists and objects, as they are … */
export const SIMPLE = 1;
/** … with the bytes of a value … */
export const ENCODED = 2;
/** … with the bytes of an error. */
export const FAILURE = 3;

/** The reference to the server itself: it makes objects. */
export const ROOT = 0;

/** The method of the server that makes an object: a type, the list of its arguments, a name or null. */
export const MAKE = 'make';
/** The method that stands for the iteration of an object: an array of what is in it now. */
export const ITERATE = '@@iterate';
/** The method that runs a task on an object. */
export const UPDATE = '@@update';

/** What a client says first. */
export interface Hello {
  readonly version: number;
  /** Whether it may be on the same machine. */
  readonly near: boolean;
}

/** What a server answers. */
export interface Welcome {
  readonly version: number;
  readonly server: ServerInfo;
  /** Why the client cannot come in. */
  readonly refused?: string;
  /** One end of a pipe, for a client that is on the same machine. */
  readonly offer?: unknown;
}

/** What a client on the same machine says first over the pipe, and one that is not, over the socket. */
export const NEAR = 'near';
export const FAR = 'far';

/** How a server is found, and told from others. */
export interface ServerInfo {
  readonly id: string;
  readonly address: { path: string } | { host: string; port: number };
  /** With it a client is let in that has a reference, and no key. */
  readonly guestKey: Uint8Array;
  /** SHA-256 of its certificate, when it is reached by TLS: what guests trust. */
  readonly tls?: string | undefined;
}

/** Whether values are strings, numbers, booleans or null, which travel as they are. */
export function areSimple(values: readonly unknown[]): boolean {
  for (const value of values) if (!isSimple(value)) return false;
  return true;
}

/** Whether a value travels as it is. */
export function isSimple(value: unknown): value is string | number | boolean | null {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return true;
    default:
      return value === null;
  }
}

/** What a number, a boolean or null takes in memory. */
const SIMPLE_BYTES = 8;

/** About how long arguments are, as they came. */
export function lengthOf(args: unknown): number {
  if (args instanceof Uint8Array) return args.length;
  let length = 0;
  for (const each of args as readonly unknown[])
    length += typeof each === 'string' ? each.length : SIMPLE_BYTES;
  return length;
}
