export { ClosedError, DeadlockError, MpError, SerializationError } from '@mp/core';
export { type Guard, Lock, RLock } from '@mp/lock';
export type { ListItem } from './list-item.ts';
export type { MapKey } from './map/key.ts';
export type { Eviction, SharedMapOptions, TtlOptions } from './map/options.ts';
export { SharedMap } from './map/shared-map.ts';
export { ShareableList, type ShareableListOptions } from './shareable-list.ts';
export { SharedArray, type SharedArrayOptions, type SliceOf } from './shared-array.ts';
export { SharedMemory, type SharedMemoryOptions } from './shared-memory.ts';
export { SharedStruct, type SharedStructOptions } from './shared-struct.ts';
export type { FieldOf, FieldsOf, PathOf, TypeAt } from './struct-fields.ts';
export type { FieldType, Layout } from './struct-layout.ts';
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
