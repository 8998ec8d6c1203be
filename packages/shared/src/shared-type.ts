import type { BigIntType, CharacterType, NumberType, TypedArrayOf, TypeName } from './type-names.ts';

/** What a type's values are in JavaScript: numbers, bigints, or characters as strings. */
export type Scalar = number | bigint | string;

/** The operations of a type on the values of a view; each change is one atomic step and answers the value before. */
export interface Operations<V extends Scalar> {
  load(at: number): V;
  store(at: number, value: V): void;
  exchange(at: number, value: V): V;
  /** It is now `value` if it was `expected`. */
  compareExchange(at: number, expected: V, value: V): V;
  /** @throws TypeError on characters, as all that follow */
  add(at: number, operand: V): V;
  sub(at: number, operand: V): V;
  /** @throws TypeError on floats, which have no bits to change, as all that follow */
  and(at: number, operand: V): V;
  or(at: number, operand: V): V;
  xor(at: number, operand: V): V;
}

/** A type of shared values. */
export interface SharedType {
  readonly name: NumberType | BigIntType | CharacterType;
  /** Number in the segment: part of the layout. */
  readonly code: number;
  readonly bytes: number;
  /** @throws TypeError, RangeError when `value` is not one of the type */
  check(value: unknown, what: string): Scalar;
  /** @throws TypeError, RangeError when `value` cannot be added; a negative number can, also to an unsigned type */
  checkOperand(value: unknown): Scalar;
  /** @param length number of values; 1 if left out */
  operations(buffer: ArrayBuffer, offset: number, length?: number): Operations<Scalar>;
  /** The typed array of its values. */
  view(buffer: ArrayBuffer, offset: number, length: number): TypedArrayOf<TypeName>;
}
