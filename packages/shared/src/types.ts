/*
 * The types of shared numbers, their Python codes, and how each is changed without a lock. Every change is one atomic
 * step, so a process that is killed leaves the old value or the new one.
 */

/** Names of the types of shared numbers. */
export type NumberType = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'f32' | 'f64';
/** Names of the types of shared 64-bit integers, which are `bigint` in JavaScript. */
export type BigIntType = 'i64' | 'u64';
/** Type codes of Python's `array` and `multiprocessing.Value`. */
export type PythonNumberCode = 'b' | 'B' | 'h' | 'H' | 'i' | 'I' | 'f' | 'd';
/** Those of its 64-bit integers: `bigint` here, as `long` has 64 bits on Linux. */
export type PythonBigIntCode = 'l' | 'L' | 'q' | 'Q';

/** What a type may be called. */
export type TypeName = NumberType | BigIntType | PythonNumberCode | PythonBigIntCode;

/** What a type's values are in JavaScript. */
export type ValueOf<N extends TypeName> = N extends BigIntType | PythonBigIntCode ? bigint : number;

/** The typed array that holds a type's values. */
export type TypedArrayOf<N extends TypeName> = N extends keyof ArrayOfCode ? ArrayOfCode[N] : never;

interface ArrayOfCode {
  i8: Int8Array;
  u8: Uint8Array;
  i16: Int16Array;
  u16: Uint16Array;
  i32: Int32Array;
  u32: Uint32Array;
  i64: BigInt64Array;
  u64: BigUint64Array;
  f32: Float32Array;
  f64: Float64Array;
  b: Int8Array;
  B: Uint8Array;
  h: Int16Array;
  H: Uint16Array;
  i: Int32Array;
  I: Uint32Array;
  l: BigInt64Array;
  L: BigUint64Array;
  q: BigInt64Array;
  Q: BigUint64Array;
  f: Float32Array;
  d: Float64Array;
}

type AnyNumber = number | bigint;

/** The operations of a type on the values of a view; each change is atomic and answers the value before. */
export interface Operations<V extends AnyNumber> {
  load(at: number): V;
  store(at: number, value: V): void;
  add(at: number, delta: V): V;
  exchange(at: number, value: V): V;
  /** It is now `value` if it was `expected`. */
  compareExchange(at: number, expected: V, value: V): V;
}

/** A type of shared numbers. */
export interface SharedType {
  readonly name: NumberType | BigIntType;
  /** Number in the segment: part of the layout. */
  readonly code: number;
  readonly bytes: number;
  /** @throws TypeError, RangeError when `value` is not one of the type */
  check(value: unknown, what: string): AnyNumber;
  /** @throws TypeError, RangeError when `value` cannot be added; a negative number can, also to an unsigned type */
  checkSummand(value: unknown): AnyNumber;
  /** @param length number of values; 1 if left out */
  operations(buffer: ArrayBuffer, offset: number, length?: number): Operations<AnyNumber>;
  /** The typed array of its values. */
  view(buffer: ArrayBuffer, offset: number, length: number): TypedArrayOf<TypeName>;
}

type IntegerArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

function integer(
  name: NumberType,
  code: number,
  make: (buffer: ArrayBuffer, offset: number, length: number) => IntegerArray,
): SharedType {
  const signed = name.startsWith('i');
  const bytes = Number(name.slice(1)) / 8;
  const least = signed ? -(2 ** (bytes * 8 - 1)) : 0;
  const most = least + 2 ** (bytes * 8) - 1;
  return {
    name,
    code,
    bytes,
    check(value, what) {
      if (typeof value !== 'number')
        throw new TypeError(`${what} of a ${name} must be a number, not a ${typeof value}`);
      if (Number.isInteger(value) && value >= least && value <= most) return value;
      throw new RangeError(
        `${what} of a ${name} must be a whole number from ${least} to ${most}, not ${value}`,
      );
    },
    checkSummand(value) {
      if (Number.isSafeInteger(value)) return value as number;
      if (typeof value !== 'number')
        throw new TypeError(`The summand of a ${name} must be a number, not a ${typeof value}`);
      throw new RangeError(`The summand of a ${name} must be a whole number, not ${value}`);
    },
    operations(buffer, offset, length = 1) {
      const view = make(buffer, offset, length);
      const operations: Operations<number> = {
        load: (at) => Atomics.load(view, at),
        store: (at, value) => void Atomics.store(view, at, value),
        add: (at, delta) => Atomics.add(view, at, delta),
        exchange: (at, value) => Atomics.exchange(view, at, value),
        compareExchange: (at, expected, value) => Atomics.compareExchange(view, at, expected, value),
      };
      return operations as Operations<AnyNumber>;
    },
    view: make,
  };
}

function bigInteger(name: BigIntType, code: number): SharedType {
  const signed = name === 'i64';
  const least = signed ? -(2n ** 63n) : 0n;
  const most = least + 2n ** 64n - 1n;
  return {
    name,
    code,
    bytes: 8,
    check(value, what) {
      const whole = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
      if (typeof whole !== 'bigint')
        throw new TypeError(`${what} of a ${name} must be a bigint or a safe integer, not ${String(value)}`);
      if (whole >= least && whole <= most) return whole;
      throw new RangeError(`${what} of a ${name} must be from ${least} to ${most}, not ${whole}`);
    },
    checkSummand(value) {
      if (typeof value === 'bigint') return value;
      if (Number.isSafeInteger(value)) return BigInt(value as number);
      throw new TypeError(
        `The summand of a ${name} must be a bigint or a safe integer, not ${String(value)}`,
      );
    },
    operations(buffer, offset, length = 1) {
      const view = signed
        ? new BigInt64Array(buffer, offset, length)
        : new BigUint64Array(buffer, offset, length);
      const operations: Operations<bigint> = {
        load: (at) => Atomics.load(view, at),
        store: (at, value) => void Atomics.store(view, at, value),
        add: (at, delta) => Atomics.add(view, at, delta),
        exchange: (at, value) => Atomics.exchange(view, at, value),
        compareExchange: (at, expected, value) => Atomics.compareExchange(view, at, expected, value),
      };
      return operations as Operations<AnyNumber>;
    },
    view: (buffer, offset, length) =>
      signed ? new BigInt64Array(buffer, offset, length) : new BigUint64Array(buffer, offset, length),
  };
}

/** Floats change by compare-and-exchange of their bits; equal means equal bits, so NaN can be exchanged too. */
function float(name: 'f32' | 'f64', code: number): SharedType {
  const bytes = name === 'f32' ? 4 : 8;
  return {
    name,
    code,
    bytes,
    check(value, what) {
      if (typeof value === 'number') return value;
      throw new TypeError(`${what} of a ${name} must be a number, not a ${typeof value}`);
    },
    checkSummand(value) {
      return this.check(value, 'The summand');
    },
    operations(buffer, offset, length = 1) {
      const bits =
        bytes === 4 ? new Int32Array(buffer, offset, length) : new BigInt64Array(buffer, offset, length);
      return floatOperations(bits as BigInt64Array, name) as Operations<AnyNumber>;
    },
    view: (buffer, offset, length) =>
      bytes === 4 ? new Float32Array(buffer, offset, length) : new Float64Array(buffer, offset, length),
  };
}

function floatOperations(bits: BigInt64Array, name: 'f32' | 'f64'): Operations<number> {
  const floats = name === 'f32' ? new Float32Array(1) : new Float64Array(1);
  const scratch = (
    name === 'f32' ? new Int32Array(floats.buffer) : new BigInt64Array(floats.buffer)
  ) as BigInt64Array;
  const toBits = (value: number): bigint => {
    floats[0] = value;
    return scratch[0];
  };
  const toFloat = (word: bigint): number => {
    scratch[0] = word;
    return floats[0];
  };
  return {
    load: (at) => toFloat(Atomics.load(bits, at)),
    store: (at, value) => void Atomics.store(bits, at, toBits(value)),
    add: (at, delta) => {
      for (;;) {
        const before = Atomics.load(bits, at);
        const value = toFloat(before);
        if (Atomics.compareExchange(bits, at, before, toBits(value + delta)) === before) return value;
      }
    },
    exchange: (at, value) => toFloat(Atomics.exchange(bits, at, toBits(value))),
    compareExchange: (at, expected, value) =>
      toFloat(Atomics.compareExchange(bits, at, toBits(expected), toBits(value))),
  };
}

const TYPES: readonly SharedType[] = [
  integer('i8', 1, (buffer, at, length) => new Int8Array(buffer, at, length)),
  integer('u8', 2, (buffer, at, length) => new Uint8Array(buffer, at, length)),
  integer('i16', 3, (buffer, at, length) => new Int16Array(buffer, at, length)),
  integer('u16', 4, (buffer, at, length) => new Uint16Array(buffer, at, length)),
  integer('i32', 5, (buffer, at, length) => new Int32Array(buffer, at, length)),
  integer('u32', 6, (buffer, at, length) => new Uint32Array(buffer, at, length)),
  bigInteger('i64', 7),
  bigInteger('u64', 8),
  float('f32', 9),
  float('f64', 10),
];

/** As C has them on 64-bit Linux, where Python takes its sizes from. */
const PYTHON: Record<string, string> = {
  b: 'i8',
  B: 'u8',
  h: 'i16',
  H: 'u16',
  i: 'i32',
  I: 'u32',
  l: 'i64',
  L: 'u64',
  q: 'i64',
  Q: 'u64',
  f: 'f32',
  d: 'f64',
};

/** The type that the user names. @throws TypeError when there is none of that name */
export function typeNamed(name: string): SharedType {
  const found = TYPES.find((type) => type.name === name || type.name === PYTHON[name]);
  if (found !== undefined) return found;
  const known = TYPES.map((type) => type.name).join(', ');
  throw new TypeError(
    `The type must be one of ${known}, or a code of Python like 'i' or 'd'; not ${JSON.stringify(name)}`,
  );
}

/** The type with a segment's number. */
export function typeOfCode(code: number): SharedType | undefined {
  return TYPES.find((type) => type.code === code);
}
