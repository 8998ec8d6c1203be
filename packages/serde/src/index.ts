export { MpError, RemoteError, SerializationError } from '@mp/core';
export { type AnyClass, type ClassOptions, registerClass } from './classes.ts';
