/*
 * Small messages: numbers, booleans, null, short text of ASCII, and few levels of plain objects and lists of those. They are
 * written in one go, with the bytes that msgpackr would write; the walk that finds what msgpackr cannot carry, and msgpackr
 * itself, would take several times as long. Anything else is refused, and goes the usual way. Read are only the smallest.
 */

/** How large a small message may be. */
const BYTES_MOST = 512;
/** Space for what is written without a look: a head and a number. */
const SPACE = 16;
/** Values in a list, and in an object: their head is one byte then. */
const ITEMS_MOST = 15;
/** Characters of a text: its head is one byte then, or two. */
const SHORT_TEXT = 31;
const TEXT_MOST = 127;
const OBJECTS_MOST = 12;
/** How large a message may be that is read here. */
const SMALLEST_MOST = 64;

const MAP = 0x80;
const ARRAY = 0x90;
const TEXT = 0xa0;
const NULL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const FLOAT_64 = 0xcb;
const UINT_8 = 0xcc;
const UINT_16 = 0xcd;
const UINT_32 = 0xce;
const INT_8 = 0xd0;
const INT_16 = 0xd1;
const INT_32 = 0xd2;
const TEXT_8 = 0xd9;
const NEGATIVE = 0xe0;

/** What {@link packSmall} has written. */
export const smallBytes = Buffer.allocUnsafeSlow(BYTES_MOST + SPACE + TEXT_MOST);
const view = new DataView(smallBytes.buffer, smallBytes.byteOffset, smallBytes.length);

/** What {@link unpackSmallest} answers when the message is of another kind, or damaged. */
export const NOT_SMALL = Symbol('not small');

/** How often something was packed. */
let packed = 0;
/** The objects of the present message: one that is met twice goes the usual way. */
const met: (object | undefined)[] = [];
let metCount = 0;

/** Where the next value begins, for {@link item}. */
let position = 0;

/** @returns how many of {@link smallBytes} are the message; 0 = the value is of another kind */
export function packSmall(value: unknown): number {
  const mine = ++packed;
  metCount = 0;
  const end = put(value, 0);
  for (let index = 0; index < metCount; index++) met[index] = undefined;
  // A getter has sent something itself, and written over this.
  return packed === mine ? end : 0;
}

/** @returns where the next value goes, 0 = this one is of another kind, or there is no space */
function put(value: unknown, at: number): number {
  if (at > BYTES_MOST) return 0;
  switch (typeof value) {
    case 'number':
      return putNumber(value, at);
    case 'string':
      return putText(value, at);
    case 'boolean':
      smallBytes[at] = value ? TRUE : FALSE;
      return at + 1;
    case 'object':
      if (value !== null) return isFirst(value) ? putObject(value, at) : 0;
      smallBytes[at] = NULL;
      return at + 1;
    default:
      return 0;
  }
}

function isFirst(value: object): boolean {
  for (let index = 0; index < metCount; index++) if (met[index] === value) return false;
  if (metCount === OBJECTS_MOST) return false;
  met[metCount++] = value;
  return true;
}

function putObject(value: object, at: number): number {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Array.prototype && Array.isArray(value)) {
    const { length } = value;
    if (length > ITEMS_MOST) return 0;
    smallBytes[at] = ARRAY | length;
    let next = at + 1;
    for (let index = 0; index < length && next > 0; index++) next = put(value[index], next);
    return next;
  }
  if (prototype !== Object.prototype) return 0;
  const keys = Object.keys(value);
  if (keys.length > ITEMS_MOST) return 0;
  smallBytes[at] = MAP | keys.length;
  let next = at + 1;
  for (const key of keys) {
    if (next > BYTES_MOST || key === '__proto__' || key === 'constructor') return 0;
    next = putText(key, next);
    if (next > 0) next = put((value as Record<string, unknown>)[key], next);
    if (next === 0) return 0;
  }
  return next;
}

function putText(text: string, at: number): number {
  const { length } = text;
  if (length > TEXT_MOST) return 0;
  let next = at;
  if (length <= SHORT_TEXT) smallBytes[next++] = TEXT | length;
  else {
    smallBytes[next++] = TEXT_8;
    smallBytes[next++] = length;
  }
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return 0;
    smallBytes[next++] = code;
  }
  return next;
}

function putNumber(value: number, at: number): number {
  if (value >>> 0 === value) {
    if (value === 0 && Object.is(value, -0)) return 0;
    if (value < 0x80) {
      smallBytes[at] = value;
      return at + 1;
    }
    if (value < 0x100) {
      smallBytes[at] = UINT_8;
      smallBytes[at + 1] = value;
      return at + 2;
    }
    if (value < 0x10000) {
      smallBytes[at] = UINT_16;
      view.setUint16(at + 1, value);
      return at + 3;
    }
    smallBytes[at] = UINT_32;
    view.setUint32(at + 1, value);
    return at + 5;
  }
  if (value >> 0 === value) {
    if (value >= -0x20) {
      smallBytes[at] = value;
      return at + 1;
    }
    if (value >= -0x80) {
      smallBytes[at] = INT_8;
      smallBytes[at + 1] = value;
      return at + 2;
    }
    if (value >= -0x8000) {
      smallBytes[at] = INT_16;
      view.setInt16(at + 1, value);
      return at + 3;
    }
    smallBytes[at] = INT_32;
    view.setInt32(at + 1, value);
    return at + 5;
  }
  smallBytes[at] = FLOAT_64;
  view.setFloat64(at + 1, value);
  return at + 9;
}

/** @param end where the message ends @returns {@link NOT_SMALL} when it is of another kind, or damaged */
export function unpackSmallest(bytes: Buffer, end: number): unknown {
  if (end === 0 || end > SMALLEST_MOST) return NOT_SMALL;
  const count = bytes[0] - ARRAY;
  position = 0;
  if (count < 0 || count > ITEMS_MOST) {
    const value = item(bytes, end);
    return position === end ? value : NOT_SMALL;
  }
  position = 1;
  const items: unknown[] = [];
  for (let left = count; left > 0; left--) {
    const value = position < end ? item(bytes, end) : NOT_SMALL;
    if (value === NOT_SMALL) return value;
    items.push(value);
  }
  return position === end ? items : NOT_SMALL;
}

/** The value at the position, which moves behind it; that may be behind the end. */
function item(bytes: Buffer, end: number): unknown {
  const token = bytes[position++];
  if (token < 0x80) return token;
  if (token >= NEGATIVE) return token - 0x100;
  const at = position;
  switch (token) {
    case NULL:
      return null;
    case FALSE:
      return false;
    case TRUE:
      return true;
    case UINT_8:
      position += 1;
      return bytes[at];
    case UINT_16:
      position += 2;
      return (bytes[at] << 8) | bytes[at + 1];
    case UINT_32:
      position += 4;
      return word(bytes, at) >>> 0;
    case INT_8:
      position += 1;
      return (bytes[at] << 24) >> 24;
    case INT_16:
      position += 2;
      return ((bytes[at] << 24) >> 16) | bytes[at + 1];
    case INT_32:
      position += 4;
      return word(bytes, at);
    case FLOAT_64:
      position += 8;
      return position <= end ? bytes.readDoubleBE(at) : NOT_SMALL;
    default:
      return NOT_SMALL;
  }
}

function word(bytes: Buffer, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}
