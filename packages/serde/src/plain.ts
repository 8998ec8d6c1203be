import { threadState } from '@mp/core/internal';

/**
 * Levels of nesting that a value may have, so that every receiver can read what any sender could write: with the stack
 * that Node gives, the worst of them (a Map in a Map …) ends near 770.
 */
export const MOST_DEEP = 500;

/** Objects looked at by comparison before a Set is worth its price. */
const FEW = 12;

/** Prototypes of what msgpackr writes and reads as it should. */
const LEAVES = new Set<object>([
  Date.prototype,
  ArrayBuffer.prototype,
  DataView.prototype,
  Buffer.prototype,
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array].map(
    (c) => c.prototype,
  ),
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array].map((c) => c.prototype),
]);

/** From this size on, bytes are not copied into the encoder's buffer only to be copied out of it again. */
export const LARGE_BYTES = 64 << 10;

/** Whether the last value that {@link isPlain} looked at has bytes of that size in it. */
export let hasLargeBytes = false;

let spare: object[] | undefined = [];

/**
 * Whether msgpackr can write `value` as it is: plain trees. Everything else (an object met twice, a class, a hole,
 * a string that is no Unicode, something that cannot travel) answers `false` and takes the careful way.
 */
export function isPlain(value: unknown): boolean {
  hasLargeBytes = false;
  if (typeof value !== 'object') return isPlainPrimitive(value);
  if (value === null) return true;
  // A getter may encode something itself meanwhile.
  const met = spare ?? [];
  spare = undefined;
  const plain = isPlainObject(value, new Meetings(met), 1);
  met.length = 0;
  spare = met;
  return plain;
}

/** Whether `text` comes back as it was: UTF-8 has no lone surrogates, and TextDecoder eats a leading U+FEFF. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && text.charCodeAt(0) !== 0xfeff;
}

/** Whether an object with this key can be written and read as a msgpack map. */
export function isPlainKey(key: string): boolean {
  return key !== '__proto__' && key !== 'constructor' && isPlainText(key);
}

/** Whether `bytes` lie on the pages of a segment, which are to be shared, not copied. */
export function isShared(bytes: ArrayBufferView | ArrayBufferLike): boolean {
  return threadState.segmentBuffers.has(ArrayBuffer.isView(bytes) ? bytes.buffer : bytes);
}

class Meetings {
  readonly #few: object[];
  #many: Set<object> | undefined;

  constructor(few: object[]) {
    this.#few = few;
  }

  /** Notes the object. @returns false when it was met before */
  isFirst(value: object): boolean {
    const few = this.#few;
    if (this.#many === undefined) {
      if (few.includes(value)) return false;
      few.push(value);
      if (few.length > FEW) this.#many = new Set(few);
      return true;
    }
    if (this.#many.has(value)) return false;
    this.#many.add(value);
    return true;
  }
}

function isPlainPrimitive(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return isPlainText(value);
    case 'number':
      return value !== 0 || !Object.is(value, -0);
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return true;
    default:
      return false;
  }
}

function isPlainObject(value: object, meetings: Meetings, depth: number): boolean {
  if (depth > MOST_DEEP || !meetings.isFirst(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) {
    const fields = value as Record<string, unknown>;
    for (const key in fields) {
      if (!isPlainKey(key)) return false;
      const field = fields[key];
      if (typeof field === 'object' && field !== null) {
        if (!isPlainObject(field, meetings, depth + 1)) return false;
      } else if (!isPlainPrimitive(field)) return false;
    }
    return true;
  }
  if (prototype === Array.prototype) {
    const items = value as unknown[];
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (typeof item === 'object' && item !== null) {
        if (!isPlainObject(item, meetings, depth + 1)) return false;
      } else if (!isPlainPrimitive(item) || (item === undefined && !(i in items))) return false;
    }
    return true;
  }
  if (!LEAVES.has(prototype)) return false;
  if (prototype === Date.prototype) return true;
  const bytes = value as ArrayBufferView | ArrayBuffer;
  const { byteLength } = bytes;
  if (byteLength >= LARGE_BYTES) hasLargeBytes = true;
  return byteLength > 0 && !isShared(bytes);
}
