export { ClosedError, DeadlockError, MpError, SerializationError } from '@mp/core';
export { type Guard, Lock, RLock } from '@mp/lock';
export type { MapKey } from './map/key.ts';
export type { Eviction, SharedMapOptions, TtlOptions } from './map/options.ts';
export { SharedMap } from './map/shared-map.ts';
export { SharedArray, type SharedArrayOptions, type SliceOf } from './shared-array.ts';
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
