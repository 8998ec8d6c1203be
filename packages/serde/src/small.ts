import { NO_SHAPE, type Shape, type Shapes } from '@mp/core/internal';
import { isPlainText } from './plain.ts';
import * as tokens from './tokens.ts';

/*
 * Small messages: numbers, booleans, null, undefined, text, and few levels of plain objects and lists of those. They are
 * written in one go, with the bytes that msgpack has for them; the walk that finds what msgpackr cannot carry, and msgpackr
 * itself, would take several times as long. Anything else is refused, and goes the usual way. Where the carrier knows the
 * shape of an object, its number stands for the keys. `read-small.ts` reads those, and the smallest.
 */

/** How large a small message may be. */
const BYTES_MOST = 2048;
/** Space for what is written without a look: a head and a number. */
const SPACE = 16;
/** Values in a list, and in an object. */
const ITEMS_MOST = 31;
/** Characters of a text: its head is one byte then; it is written by a loop, if it is ASCII; it is written. */
const SHORT_TEXT = 31;
const LOOP_TEXT = 127;
const TEXT_MOST = 1024;
/** Bytes of a text that is not written by a loop: its head, and what UTF-8 makes of its characters. */
const TEXT_BYTES_MOST = 3 + 3 * TEXT_MOST;
const OBJECTS_MOST = 48;
/** Bytes before the outermost value of a message, for what says that there are shapes in it. */
const MARK_BYTES = 2;
/** How long a message with shapes may be: no longer one is written. */
export const SHAPED_BYTES_MOST = MARK_BYTES + BYTES_MOST + SPACE + TEXT_BYTES_MOST;

/** What is written, from {@link MARK_BYTES} on. */
const bytes = Buffer.allocUnsafeSlow(SHAPED_BYTES_MOST);
bytes[0] = tokens.RECORD;
bytes[1] = tokens.NO_RECORD;
const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const unmarked = bytes.subarray(MARK_BYTES);

/** What {@link packSmall} has written is at the beginning of this. */
export let smallBytes = unmarked;

/** An object without keys of its own: a loop over its keys meets what somebody has added to all objects. */
const EMPTY = {};

/** How often something was packed. */
let packed = 0;
/** The objects of the present message: one that is met twice goes the usual way. */
const met: (object | undefined)[] = [];
let metCount = 0;

/** How many objects of the present message stand there without their keys. */
let records = 0;

/**
 * @param shapes those that the receiver knows too
 * @returns how many of {@link smallBytes} are the message; 0 = the value is of another kind
 */
export function packSmall(value: unknown, shapes: Shapes | undefined): number {
  const mine = ++packed;
  metCount = 0;
  records = 0;
  const end = put(value, MARK_BYTES, shapes === undefined ? NO_SHAPE : shapes.top, 0);
  for (let index = 0; index < metCount; index++) met[index] = undefined;
  // A getter has sent something itself, and written over this.
  if (packed !== mine || end === 0) return 0;
  if (records > 0 && hasKeys(EMPTY)) return 0;
  if (records === 0 || bytes[MARK_BYTES] === tokens.RECORD) {
    smallBytes = unmarked;
    return end - MARK_BYTES;
  }
  smallBytes = bytes;
  return end;
}

/** Whether a value makes such a message: then it has nothing in it that means something to one receiver only. */
export function isSmall(value: unknown): boolean {
  return packSmall(value, undefined) > 0;
}

function hasKeys(object: object): boolean {
  for (const _ in object) return true;
  return false;
}

/**
 * @param place the shape of the object in which it stands, and the index of its key there
 * @returns where the next value goes, 0 = this one is of another kind, or there is no space
 */
function put(value: unknown, at: number, place: Shape, index: number): number {
  if (at > BYTES_MOST) return 0;
  switch (typeof value) {
    case 'number':
      return putNumber(value, at);
    case 'string':
      return putText(value, at);
    case 'boolean':
      bytes[at] = value ? tokens.TRUE : tokens.FALSE;
      return at + 1;
    case 'object':
      if (value !== null) return isFirst(value) ? putObject(value, at, place, index) : 0;
      bytes[at] = tokens.NULL;
      return at + 1;
    case 'undefined':
      bytes[at] = tokens.EXTENSION_1;
      bytes[at + 1] = 0;
      bytes[at + 2] = 0;
      return at + 3;
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

function putObject(value: object, at: number, place: Shape, index: number): number {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Array.prototype && Array.isArray(value)) return putList(value, at, place, index);
  if (prototype !== Object.prototype) return 0;
  const { finder } = place;
  if (finder === undefined) return putMap(value, at, place);
  const shape = finder.find(value, place, index);
  return shape === undefined ? putMap(value, at, finder.stray) : putRecord(value, at, shape);
}

function putList(list: readonly unknown[], at: number, place: Shape, index: number): number {
  const { length } = list;
  if (length > ITEMS_MOST) return 0;
  let next = putHead(length, tokens.ARRAY, tokens.ARRAY_16, at);
  for (let each = 0; each < length && next > 0; each++) {
    const item = list[each];
    if (item === undefined && !(each in list)) return 0;
    next = put(item, next, place, index);
  }
  return next;
}

function putMap(value: object, at: number, place: Shape): number {
  const keys = Object.keys(value);
  if (keys.length > ITEMS_MOST) return 0;
  let next = putHead(keys.length, tokens.MAP, tokens.MAP_16, at);
  for (const key of keys) {
    if (next > BYTES_MOST || key === '__proto__' || key === 'constructor') return 0;
    next = putText(key, next);
    if (next > 0) next = put((value as Record<string, unknown>)[key], next, place, 0);
    if (next === 0) return 0;
  }
  return next;
}

function putRecord(value: object, at: number, shape: Shape): number {
  const { id, keys, count } = shape;
  bytes[at] = tokens.RECORD;
  bytes[at + 1] = id;
  records++;
  let next = at + 2;
  let index = 0;
  for (const key in value) {
    // A proxy may have other keys at the second look.
    if (key !== keys[index]) return 0;
    next = put((value as Record<string, unknown>)[key], next, shape, index++);
    if (next === 0) return 0;
  }
  return index === count ? next : 0;
}

/** The head of a list, or of an object with its keys. */
function putHead(count: number, short: number, long: number, at: number): number {
  if (count <= tokens.SHORT_LIST) {
    bytes[at] = short | count;
    return at + 1;
  }
  bytes[at] = long;
  view.setUint16(at + 1, count);
  return at + 3;
}

function putText(text: string, at: number): number {
  const { length } = text;
  if (length > LOOP_TEXT) return putLongText(text, at);
  let next = at;
  if (length <= SHORT_TEXT) bytes[next++] = tokens.TEXT | length;
  else {
    bytes[next++] = tokens.TEXT_8;
    bytes[next++] = length;
  }
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return putLongText(text, at);
    bytes[next++] = code;
  }
  return next;
}

/** Text that is long, or not ASCII. */
function putLongText(text: string, at: number): number {
  if (text.length > TEXT_MOST || !isPlainText(text)) return 0;
  const length = bytes.write(text, at + 3, 'utf8');
  bytes[at] = tokens.TEXT_16;
  view.setUint16(at + 1, length);
  return at + 3 + length;
}

function putNumber(value: number, at: number): number {
  if (value >>> 0 === value) {
    if (value === 0 && Object.is(value, -0)) return 0;
    if (value < 0x80) {
      bytes[at] = value;
      return at + 1;
    }
    if (value < 0x100) {
      bytes[at] = tokens.UINT_8;
      bytes[at + 1] = value;
      return at + 2;
    }
    if (value < 0x10000) {
      bytes[at] = tokens.UINT_16;
      view.setUint16(at + 1, value);
      return at + 3;
    }
    bytes[at] = tokens.UINT_32;
    view.setUint32(at + 1, value);
    return at + 5;
  }
  if (value >> 0 === value) {
    if (value >= -0x20) {
      bytes[at] = value;
      return at + 1;
    }
    if (value >= -0x80) {
      bytes[at] = tokens.INT_8;
      bytes[at + 1] = value;
      return at + 2;
    }
    if (value >= -0x8000) {
      bytes[at] = tokens.INT_16;
      view.setInt16(at + 1, value);
      return at + 3;
    }
    bytes[at] = tokens.INT_32;
    view.setInt32(at + 1, value);
    return at + 5;
  }
  bytes[at] = tokens.FLOAT_64;
  view.setFloat64(at + 1, value);
  return at + 9;
}
