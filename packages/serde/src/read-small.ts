import type { Shapes } from '@mp/core/internal';
import { countValues } from './scan.ts';
import { SHAPED_BYTES_MOST } from './small.ts';
import * as tokens from './tokens.ts';

/*
 * The messages that are read without msgpackr: the smallest, which that takes too long for, and those with objects of which
 * the carrier knows the shape.
 */

/** How large the smallest messages are. */
const SMALLEST_MOST = 64;
/** Levels of a message with shapes: more than `small.ts` writes. */
const LEVELS_MOST = 64;
/** Characters of a text that is made of its codes: V8 joins two such halves by a copy. */
const FEW_CHARACTERS = 12;

/** What {@link unpackSmallest} answers when the message is of another kind, or damaged. */
export const NOT_SMALL = Symbol('not small');

/** Where the next value begins. */
let position = 0;
/** More than the keys of any message with shapes take: a small integer, which costs nothing to store. */
const ANY_KEYS = 2 ** 30 - 1;

/** Bytes that keys of the present message may still take. */
let keysLeft = ANY_KEYS;

/** What {@link unpackShaped} throws when the keys of a message make it too long. */
export const TOO_LONG = new Error('it is too long with its keys');

/** @param end where the message ends @returns {@link NOT_SMALL} when it is of another kind, or damaged */
export function unpackSmallest(bytes: Buffer, end: number): unknown {
  if (end === 0 || end > SMALLEST_MOST) return NOT_SMALL;
  const count = bytes[0] - tokens.ARRAY;
  position = 0;
  if (count < 0 || count > tokens.SHORT_LIST) {
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
  return token >= tokens.NEGATIVE ? token - 0x100 : scalar(bytes, token, end);
}

/** The value that begins with `token`, when it is a number or has a byte of its own. */
function scalar(bytes: Buffer, token: number, end: number): unknown {
  const at = position;
  switch (token) {
    case tokens.NULL:
      return null;
    case tokens.FALSE:
      return false;
    case tokens.TRUE:
      return true;
    case tokens.UINT_8:
      position += 1;
      return bytes[at];
    case tokens.UINT_16:
      position += 2;
      return (bytes[at] << 8) | bytes[at + 1];
    case tokens.UINT_32:
      position += 4;
      return word(bytes, at) >>> 0;
    case tokens.INT_8:
      position += 1;
      return (bytes[at] << 24) >> 24;
    case tokens.INT_16:
      position += 2;
      return ((bytes[at] << 24) >> 16) | bytes[at + 1];
    case tokens.INT_32:
      position += 4;
      return word(bytes, at);
    case tokens.FLOAT_64:
      position += 8;
      return position <= end ? bytes.readDoubleBE(at) : NOT_SMALL;
    default:
      return NOT_SMALL;
  }
}

function word(bytes: Buffer, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}

/**
 * A message with objects of which the carrier knows the shape.
 *
 * @param most how many bytes their keys may take
 * @throws {@link TOO_LONG} before more than that is made; Error saying what is wrong with it
 */
export function unpackShaped(
  bytes: Buffer,
  end: number,
  shapes: Shapes | undefined,
  most = ANY_KEYS,
): unknown {
  if (shapes === undefined) throw new Error('its objects have shapes that are known elsewhere only');
  if (end > SHAPED_BYTES_MOST)
    throw new Error(`it has ${end} bytes: messages with shapes have ${SHAPED_BYTES_MOST} at most`);
  countValues(0);
  keysLeft = Math.min(most, ANY_KEYS);
  position = bytes[1] === tokens.NO_RECORD ? 2 : 0;
  const value = part(bytes, end, shapes, 0);
  if (position !== end)
    throw position > end ? truncated() : new Error(`${end - position} bytes follow the value`);
  return value;
}

function part(bytes: Buffer, end: number, shapes: Shapes, level: number): unknown {
  if (position >= end) throw truncated();
  const token = bytes[position++];
  if (token < tokens.MAP) return token;
  if (token >= tokens.NEGATIVE) return token - 0x100;
  if (token === tokens.RECORD) return record(bytes, end, shapes, level);
  if (token < tokens.ARRAY) return map(bytes, token - tokens.MAP, end, shapes, level);
  if (token < tokens.TEXT) return list(bytes, token - tokens.ARRAY, end, shapes, level);
  if (token < tokens.NULL) return text(bytes, token - tokens.TEXT, end);
  const value = scalar(bytes, token, end);
  if (value !== NOT_SMALL) return value;
  switch (token) {
    case tokens.TEXT_8:
      return text(bytes, bytes[position++], end);
    case tokens.TEXT_16:
      return text(bytes, length16(bytes), end);
    case tokens.ARRAY_16:
      return list(bytes, length16(bytes), end, shapes, level);
    case tokens.MAP_16:
      return map(bytes, length16(bytes), end, shapes, level);
    case tokens.EXTENSION_1:
      position += 2;
      if (position <= end && bytes[position - 2] === 0 && bytes[position - 1] === 0) return undefined;
  }
  throw new Error(
    `byte ${position - 1} (0x${token.toString(16)}) begins no value beside objects with shapes`,
  );
}

function record(bytes: Buffer, end: number, shapes: Shapes, level: number): Record<string, unknown> {
  const id = bytes[position++];
  const shape = shapes.byId(id);
  if (shape === undefined) throw new Error(`an object of the shape ${id}, which its carrier does not have`);
  const { keys, count } = shape;
  open(count, end, level);
  keysLeft -= shape.keyBytes;
  if (keysLeft < 0) throw TOO_LONG;
  const object: Record<string, unknown> = {};
  for (let index = 0; index < count; index++) object[keys[index]] = part(bytes, end, shapes, level + 1);
  return object;
}

function map(
  bytes: Buffer,
  count: number,
  end: number,
  shapes: Shapes,
  level: number,
): Record<string, unknown> {
  open(2 * count, end, level);
  const object: Record<string, unknown> = {};
  for (let left = count; left > 0; left--) {
    const key = part(bytes, end, shapes, level + 1);
    if (typeof key !== 'string' || key === '__proto__') throw new Error('a key that is none');
    object[key] = part(bytes, end, shapes, level + 1);
  }
  return object;
}

function list(bytes: Buffer, count: number, end: number, shapes: Shapes, level: number): unknown[] {
  open(count, end, level);
  const items: unknown[] = [];
  for (let left = count; left > 0; left--) items.push(part(bytes, end, shapes, level + 1));
  return items;
}

/** So many values follow, one level deeper: each takes a byte at least. */
function open(count: number, end: number, level: number): void {
  if (count > end - position) throw truncated();
  if (level === LEVELS_MOST) throw new Error(`more than ${LEVELS_MOST} levels of nesting`);
  countValues(count);
}

function text(bytes: Buffer, length: number, end: number): string {
  const start = position;
  position += length;
  if (!(position <= end)) throw truncated();
  if (length <= FEW_CHARACTERS) {
    const short = fewCharacters(bytes, start, length);
    if (short !== undefined) return short;
  }
  return bytes.toString('utf8', start, position);
}

/** @returns `undefined` when they are not all ASCII */
function fewCharacters(bytes: Buffer, at: number, length: number): string | undefined {
  let all = 0;
  for (let index = at; index < at + length; index++) all |= bytes[index];
  if (all > 127) return undefined;
  return length <= 6
    ? characters(bytes, at, length)
    : characters(bytes, at, 6) + characters(bytes, at + 6, length - 6);
}

/** One call for all codes: one for each, or one into native code, takes several times as long. */
function characters(b: Buffer, at: number, length: number): string {
  switch (length) {
    case 0:
      return '';
    case 1:
      return String.fromCharCode(b[at]);
    case 2:
      return String.fromCharCode(b[at], b[at + 1]);
    case 3:
      return String.fromCharCode(b[at], b[at + 1], b[at + 2]);
    case 4:
      return String.fromCharCode(b[at], b[at + 1], b[at + 2], b[at + 3]);
    case 5:
      return String.fromCharCode(b[at], b[at + 1], b[at + 2], b[at + 3], b[at + 4]);
    default:
      return String.fromCharCode(b[at], b[at + 1], b[at + 2], b[at + 3], b[at + 4], b[at + 5]);
  }
}

function length16(bytes: Buffer): number {
  position += 2;
  return (bytes[position - 2] << 8) | bytes[position - 1];
}

function truncated(): Error {
  return new Error('it ends in the middle of a value');
}
