/*
 * What an element of a list can be, and the bytes that it takes:
 *
 *   null, false, true   none
 *   number              8, as a float
 *   bigint              8, a signed integer of 64 bits
 *   string              its UTF-8
 *   bytes               themselves
 */
export type ListItem = null | boolean | number | bigint | string | Uint8Array;

/** Numbers of the types: part of the layout. */
const NULL = 0;
const FALSE = 1;
const TRUE = 2;
const NUMBER = 3;
const BIGINT = 4;
const STRING = 5;
const BYTES = 6;

/** An element as it lies in the segment. */
export interface Encoded {
  readonly type: number;
  readonly bytes: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/**
 * Makes bytes of an element.
 *
 * @param what the element as messages call it
 * @throws TypeError, RangeError when it cannot be one
 */
export function encodeItem(item: unknown, what: string): Encoded {
  switch (typeof item) {
    case 'boolean':
      return { type: item ? TRUE : FALSE, bytes: NOTHING };
    case 'number':
      return { type: NUMBER, bytes: new Uint8Array(Float64Array.of(item).buffer) };
    case 'bigint':
      if (BigInt.asIntN(64, item) !== item)
        throw new RangeError(`${what} must be a bigint of at most 64 bits with its sign, not ${item}`);
      return { type: BIGINT, bytes: new Uint8Array(BigInt64Array.of(item).buffer) };
    case 'string':
      if (!item.isWellFormed())
        throw new TypeError(`${what} must be whole characters: half of a surrogate pair has no UTF-8`);
      return { type: STRING, bytes: Buffer.from(item) };
    default:
      if (item === null) return { type: NULL, bytes: NOTHING };
      if (item instanceof Uint8Array) return { type: BYTES, bytes: item };
      throw new TypeError(
        `${what} must be null, a boolean, number, bigint, string or Uint8Array, not ${Array.isArray(item) ? 'an array' : `a ${typeof item}`}`,
      );
  }
}

/** The element that `bytes`, a copy of our own, stand for. @throws Error when they can be none: the file is damaged */
export function decodeItem(type: number, bytes: Buffer): ListItem {
  switch (type) {
    case NULL:
      return null;
    case FALSE:
      return false;
    case TRUE:
      return true;
    case NUMBER:
      return bytes.readDoubleLE(0);
    case BIGINT:
      return bytes.readBigInt64LE(0);
    case STRING:
      return bytes.toString();
    case BYTES:
      return bytes;
    default:
      throw new Error(`there is no type ${type}`);
  }
}
