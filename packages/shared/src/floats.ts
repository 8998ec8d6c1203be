import type { Operations, Scalar, SharedType } from './shared-type.ts';

/** Floats change by compare-and-exchange of their bits; equal means equal bits, so NaN can be exchanged too. */
export function float(name: 'f32' | 'f64', code: number): SharedType {
  const bytes = name === 'f32' ? 4 : 8;
  return {
    name,
    code,
    bytes,
    check(value, what) {
      if (typeof value === 'number') return value;
      const found = value === null ? 'null' : `a ${typeof value}`;
      throw new TypeError(`${what} of type ${name} must be a number, not ${found}`);
    },
    checkOperand(value) {
      return this.check(value, 'The operand');
    },
    operations(buffer, offset, length = 1) {
      const bits =
        bytes === 4 ? new Int32Array(buffer, offset, length) : new BigInt64Array(buffer, offset, length);
      return floatOperations(bits as BigInt64Array, name) as unknown as Operations<Scalar>;
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
  const add = (at: number, operand: number): number => {
    for (;;) {
      const before = Atomics.load(bits, at);
      const value = toFloat(before);
      if (Atomics.compareExchange(bits, at, before, toBits(value + operand)) === before) return value;
    }
  };
  const refuse = (): never => {
    throw new TypeError(`Cannot change single bits of an ${name}: and, or and xor are for integers`);
  };
  return {
    load: (at) => toFloat(Atomics.load(bits, at)),
    store: (at, value) => void Atomics.store(bits, at, toBits(value)),
    exchange: (at, value) => toFloat(Atomics.exchange(bits, at, toBits(value))),
    compareExchange: (at, expected, value) =>
      toFloat(Atomics.compareExchange(bits, at, toBits(expected), toBits(value))),
    add,
    sub: (at, operand) => add(at, -operand),
    and: refuse,
    or: refuse,
    xor: refuse,
  };
}
