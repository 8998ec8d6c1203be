/** Names of the types of shared numbers. */
export type NumberType = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'f32' | 'f64';
/** Names of the types of shared 64-bit integers, which are `bigint` in JavaScript. */
export type BigIntType = 'i64' | 'u64';
/** Python's codes of characters: `c` is a byte, U+0000 to U+00FF; `u` is any one character of Unicode. */
export type CharacterType = 'c' | 'u';
/** Type codes of Python's `array` and `multiprocessing.Value`. */
export type PythonNumberCode = 'b' | 'B' | 'h' | 'H' | 'i' | 'I' | 'f' | 'd';
/** Those of its 64-bit integers: `bigint` here, as `long` has 64 bits on Linux. */
export type PythonBigIntCode = 'l' | 'L' | 'q' | 'Q';

/** What a type may be called. */
export type TypeName = NumberType | BigIntType | CharacterType | PythonNumberCode | PythonBigIntCode;

/** What a type's values are in JavaScript. */
export type ValueOf<N extends TypeName> = N extends BigIntType | PythonBigIntCode
  ? bigint
  : N extends CharacterType
    ? string
    : number;

/** What a value of the type may be given as: also safe integers where it is a `bigint`, and bytes where it is a `c`. */
export type InputOf<N extends TypeName> =
  | ValueOf<N>
  | (N extends BigIntType | PythonBigIntCode | 'c' ? number : never);

/** The typed array that holds a type's values. */
export type TypedArrayOf<N extends TypeName> = ArrayOfType[N];

interface ArrayOfType {
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
  c: Uint8Array;
  u: Uint32Array;
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
