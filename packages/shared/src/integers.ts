import type { Operations, Scalar, SharedType } from './shared-type.ts';
import type { BigIntType, NumberType } from './type-names.ts';

type IntegerArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/** A type of integers that are numbers in JavaScript. */
export function integer(
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
        throw new TypeError(`${what} of type ${name} must be a number, not ${kindOf(value)}`);
      if (Number.isInteger(value) && value >= least && value <= most) return value;
      throw new RangeError(
        `${what} of type ${name} must be a whole number from ${least} to ${most}, not ${value}`,
      );
    },
    checkOperand(value) {
      if (Number.isSafeInteger(value)) return value as number;
      if (typeof value !== 'number')
        throw new TypeError(`The operand of type ${name} must be a number, not ${kindOf(value)}`);
      throw new RangeError(`The operand of type ${name} must be a safe whole number, not ${value}`);
    },
    operations: (buffer, offset, length = 1) =>
      atomics(make(buffer, offset, length)) as unknown as Operations<Scalar>,
    view: make,
  };
}

/** A type of integers that are bigints in JavaScript. */
export function bigInteger(name: BigIntType, code: number): SharedType {
  const signed = name === 'i64';
  const least = signed ? -(2n ** 63n) : 0n;
  const most = least + 2n ** 64n - 1n;
  const make = (buffer: ArrayBuffer, offset: number, length: number) =>
    signed ? new BigInt64Array(buffer, offset, length) : new BigUint64Array(buffer, offset, length);
  return {
    name,
    code,
    bytes: 8,
    check(value, what) {
      const whole = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
      if (typeof whole !== 'bigint')
        throw new TypeError(
          `${what} of type ${name} must be a bigint or a safe integer, not ${shown(value)}`,
        );
      if (whole >= least && whole <= most) return whole;
      throw new RangeError(`${what} of type ${name} must be from ${least} to ${most}, not ${whole}`);
    },
    checkOperand(value) {
      if (typeof value === 'bigint') return value;
      if (Number.isSafeInteger(value)) return BigInt(value as number);
      throw new TypeError(
        `The operand of type ${name} must be a bigint or a safe integer, not ${shown(value)}`,
      );
    },
    operations: (buffer, offset, length = 1) =>
      bigAtomics(make(buffer, offset, length)) as unknown as Operations<Scalar>,
    view: make,
  };
}

/** What the processor does by itself, on up to 32 bits. */
function atomics(view: IntegerArray): Operations<number> {
  return {
    load: (at) => Atomics.load(view, at),
    store: (at, value) => void Atomics.store(view, at, value),
    exchange: (at, value) => Atomics.exchange(view, at, value),
    compareExchange: (at, expected, value) => Atomics.compareExchange(view, at, expected, value),
    add: (at, operand) => Atomics.add(view, at, operand),
    sub: (at, operand) => Atomics.sub(view, at, operand),
    and: (at, operand) => Atomics.and(view, at, operand),
    or: (at, operand) => Atomics.or(view, at, operand),
    xor: (at, operand) => Atomics.xor(view, at, operand),
  };
}

/** The same on 64 bits. One function for both would see two kinds of arrays, and be slow on each. */
function bigAtomics(view: BigInt64Array | BigUint64Array): Operations<bigint> {
  return {
    load: (at) => Atomics.load(view, at),
    store: (at, value) => void Atomics.store(view, at, value),
    exchange: (at, value) => Atomics.exchange(view, at, value),
    compareExchange: (at, expected, value) => Atomics.compareExchange(view, at, expected, value),
    add: (at, operand) => Atomics.add(view, at, operand),
    sub: (at, operand) => Atomics.sub(view, at, operand),
    and: (at, operand) => Atomics.and(view, at, operand),
    or: (at, operand) => Atomics.or(view, at, operand),
    xor: (at, operand) => Atomics.xor(view, at, operand),
  };
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}

/** A number as it is, of anything else what it is: not everything can be made a string. */
function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : kindOf(value);
}
