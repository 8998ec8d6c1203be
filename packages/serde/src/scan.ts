import { MOST_DEEP } from './plain.ts';
import { MARK_TYPE } from './wire.ts';

/**
 * Nesting of msgpack values that a message may have. A level of a value is at most three of msgpack (a mark, its
 * parts, an object among them).
 */
const MOST_LEVELS = 3 * MOST_DEEP + 8;

const UNDEFINED_TYPE = 0x00;
const BIGINT_TYPE = 0x42;
/** Type of the extension that is a typed array: its class, and its bytes. */
export const VIEW_TYPE = 0x74;
const DATE_TYPE = 0xff;

/** How many values a message may have at present. */
let mostValues = Infinity;

/**
 * Runs what reads messages of a stranger, with a limit: a value of one byte can take fifty in memory.
 *
 * @param most values that one message may have; a list counts, and so do all in it
 */
export function readingAtMost<T>(most: number, run: () => T): T {
  const before = mostValues;
  mostValues = most;
  try {
    return run();
  } finally {
    mostValues = before;
  }
}

let counted = 0;

/** Counts values of a message that is not scanned; 0 = a new one begins. @throws Error when it has too many */
export function countValues(more: number): void {
  counted = more === 0 ? 1 : counted + more;
  if (counted > mostValues) throw tooMany();
}

function tooMany(): Error {
  return new Error(`more than ${mostValues} values in one message`);
}

/** How many values are still to come on each open level. */
const pending = new Float64Array(MOST_LEVELS + 1);

/**
 * Checks that `bytes`, up to `end`, are one whole message in exactly the part of msgpack that we write, before anything is made
 * from them: lengths inside the bytes, known extensions only, no deeper than {@link MOST_LEVELS}, nothing behind.
 * msgpackr alone would also take records (for which it compiles code), references and bundles from a stranger.
 *
 * @returns whether there are marks in it
 * @throws Error saying what is wrong
 */
export function scan(bytes: Buffer, end: number): boolean {
  let at = 0;
  let level = 0;
  let left = 1;
  let marked = false;
  let values = 1;
  for (;;) {
    while (left === 0) {
      if (level === 0) {
        if (at !== end) throw new Error(`${end - at} bytes follow the value`);
        return marked;
      }
      left = pending[--level];
    }
    left--;
    if (at >= end) throw truncated();
    const token = bytes[at++];
    if (token < 0x80 || token >= 0xe0) continue;
    let inside = 0;
    if (token < 0x90) inside = (token & 0x0f) * 2;
    else if (token < 0xa0) inside = token & 0x0f;
    else if (token < 0xc0) at += token & 0x1f;
    else {
      switch (token) {
        case 0xc0:
        case 0xc2:
        case 0xc3:
          continue;
        case 0xc4:
        case 0xd9:
          at += 1 + length8(bytes, at, end);
          break;
        case 0xc5:
        case 0xda:
          at += 2 + length16(bytes, at, end);
          break;
        case 0xc6:
        case 0xdb:
          at += 4 + length32(bytes, at, end);
          break;
        case 0xc7:
          at = extension(bytes, at + 1, length8(bytes, at, end), end);
          break;
        case 0xc8:
          at = extension(bytes, at + 2, length16(bytes, at, end), end);
          break;
        case 0xc9:
          at = extension(bytes, at + 4, length32(bytes, at, end), end);
          break;
        case 0xca:
        case 0xce:
        case 0xd2:
          at += 4;
          break;
        case 0xcb:
        case 0xcf:
        case 0xd3:
          at += 8;
          break;
        case 0xcc:
        case 0xd0:
          at += 1;
          break;
        case 0xcd:
        case 0xd1:
          at += 2;
          break;
        case 0xd4:
          if (at + 2 < end && bytes[at] === MARK_TYPE) {
            marked = true;
            at += 2;
            const next = bytes[at];
            const isArray = (next > 0x90 && next < 0xa0) || next === 0xdc || next === 0xdd;
            if (!isArray) throw new Error(`a mark without parts at byte ${at}`);
            inside = 1;
          } else at = extension(bytes, at, 1, end);
          break;
        case 0xd5:
          at = extension(bytes, at, 2, end);
          break;
        case 0xd6:
          at = extension(bytes, at, 4, end);
          break;
        case 0xd7:
          at = extension(bytes, at, 8, end);
          break;
        case 0xd8:
          at = extension(bytes, at, 16, end);
          break;
        case 0xdc:
          inside = length16(bytes, at, end);
          at += 2;
          break;
        case 0xdd:
          inside = length32(bytes, at, end);
          at += 4;
          break;
        case 0xde:
          inside = length16(bytes, at, end) * 2;
          at += 2;
          break;
        case 0xdf:
          inside = length32(bytes, at, end) * 2;
          at += 4;
          break;
        default:
          throw new Error(`byte ${at - 1} (0x${token.toString(16)}) begins no value`);
      }
    }
    if (at > end || inside > end - at) throw truncated();
    if (inside > 0) {
      values += inside;
      if (values > mostValues) throw tooMany();
      if (level === MOST_LEVELS) throw new Error(`more than ${MOST_LEVELS} levels of nesting`);
      pending[level++] = left;
      left = inside;
    }
  }
}

function extension(bytes: Buffer, at: number, length: number, end: number): number {
  if (at >= end) throw truncated();
  const type = bytes[at];
  const known =
    type === VIEW_TYPE
      ? length > 0
      : type === BIGINT_TYPE
        ? length > 0
        : type === DATE_TYPE
          ? length === 1 || length === 4 || length === 8 || length === 12
          : type === UNDEFINED_TYPE && length === 1;
  if (!known) throw new Error(`an extension of type ${type} and ${length} bytes at byte ${at}`);
  return at + 1 + length;
}

function length8(bytes: Buffer, at: number, end: number): number {
  if (at >= end) throw truncated();
  return bytes[at];
}

function length16(bytes: Buffer, at: number, end: number): number {
  if (at + 2 > end) throw truncated();
  return (bytes[at] << 8) | bytes[at + 1];
}

function length32(bytes: Buffer, at: number, end: number): number {
  if (at + 4 > end) throw truncated();
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

function truncated(): Error {
  return new Error('it ends in the middle of a value');
}
