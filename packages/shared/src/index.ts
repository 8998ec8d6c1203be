export { ClosedError, MpError } from '@mp/core';
export { Lock } from '@mp/lock';
export { SharedArray, type SharedArrayOptions } from './shared-array.ts';
export type {
  BigIntType,
  NumberType,
  PythonBigIntCode,
  PythonNumberCode,
  TypedArrayOf,
  TypeName,
  ValueOf,
} from './types.ts';
export { Value, type ValueOptions } from './value.ts';
