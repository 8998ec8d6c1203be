// For other @mp packages: messages.
export { type AnyClass, type ClassOptions, registerClass } from './classes.ts';
export { decode, dropMessage } from './decode.ts';
export { type Encoded, encode, encodeParts, withKeys } from './encode.ts';
export { readingAtMost } from './scan.ts';
export { isSmall } from './small.ts';
