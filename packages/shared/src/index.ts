export { ClosedError, DeadlockError, MpError } from '@mp/core';
export { type Guard, Lock, RLock } from '@mp/lock';
export { SharedArray, type SharedArrayOptions, type SliceOf } from './shared-array.ts';
export { SharedMemory, type SharedMemoryOptions } from './shared-memory.ts';
export type {
  BigIntType,
  CharacterType,
  InputOf,
  NumberType,
  PythonBigIntCode,
  PythonNumberCode,
  TypedArrayOf,
  TypeName,
  ValueOf,
} from './type-names.ts';
export { Value, type ValueOptions } from './value.ts';
