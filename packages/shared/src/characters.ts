import type { Operations, Scalar, SharedType } from './shared-type.ts';

const LAST_BYTE = 0xff;
const LAST_CHARACTER = 0x10ffff;

/** Characters: a `c` is one byte, as `ctypes.c_char`; a `u` has 4 bytes, as `wchar_t` on Linux. */
export function character(name: 'c' | 'u', code: number): SharedType {
  const last = name === 'c' ? LAST_BYTE : LAST_CHARACTER;
  const make = (buffer: ArrayBuffer, offset: number, length: number) =>
    name === 'c' ? new Uint8Array(buffer, offset, length) : new Uint32Array(buffer, offset, length);
  return {
    name,
    code,
    bytes: name === 'c' ? 1 : 4,
    check(value, what) {
      if (name === 'c' && typeof value === 'number') {
        if (Number.isInteger(value) && value >= 0 && value <= last) return String.fromCharCode(value);
        throw new RangeError(`${what} of type c must be a byte from 0 to 255, not ${value}`);
      }
      if (typeof value !== 'string')
        throw new TypeError(
          `${what} of type ${name} must be a character, not ${value === null ? 'null' : `a ${typeof value}`}`,
        );
      const found = value.codePointAt(0);
      if (found !== undefined && found <= last && String.fromCodePoint(found) === value) return value;
      const range = name === 'c' ? ' from U+0000 to U+00FF' : '';
      throw new RangeError(
        `${what} of type ${name} must be one character${range}, not ${JSON.stringify(value)}`,
      );
    },
    checkOperand() {
      throw new TypeError(`Cannot calculate with a ${name}: it is a character. Use an integer type`);
    },
    operations: (buffer, offset, length = 1) =>
      characterOperations(make(buffer, offset, length), name) as unknown as Operations<Scalar>,
    view: make,
  };
}

/** The characters of `codes` as text. What is no code of a character, from a damaged file, is shown as U+FFFD. */
export function textOf(codes: Uint8Array | Uint32Array): string {
  let text = '';
  for (const code of codes) text += String.fromCodePoint(code <= LAST_CHARACTER ? code : 0xfffd);
  return text;
}

function characterOperations(view: Uint8Array | Uint32Array, name: string): Operations<string> {
  const one = new Uint32Array(1);
  const toText = (code: number): string => {
    one[0] = code;
    return textOf(one);
  };
  const toCode = (text: string) => text.codePointAt(0) as number;
  // Not reached: checkOperand() refuses every operand.
  const refuse = (): never => {
    throw new TypeError(`Cannot calculate with a ${name}`);
  };
  return {
    load: (at) => toText(Atomics.load(view, at)),
    store: (at, value) => void Atomics.store(view, at, toCode(value)),
    exchange: (at, value) => toText(Atomics.exchange(view, at, toCode(value))),
    compareExchange: (at, expected, value) =>
      toText(Atomics.compareExchange(view, at, toCode(expected), toCode(value))),
    add: refuse,
    sub: refuse,
    and: refuse,
    or: refuse,
    xor: refuse,
  };
}
