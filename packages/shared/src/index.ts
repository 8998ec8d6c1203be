export { ClosedError, MpError } from '@mp/core';
export { Lock } from '@mp/lock';
export type {
  BigIntType,
  NumberType,
  PythonBigIntCode,
  PythonNumberCode,
  TypeName,
  ValueOf,
} from './types.ts';
export { Value, type ValueOptions } from './value.ts';
