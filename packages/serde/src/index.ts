export { MpError, RemoteError, SerializationError } from '@mp/core';
export type { AnyClass, ClassOptions } from './classes.ts';
export { registerClass } from './internal.ts';
