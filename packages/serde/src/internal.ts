// For other @mp packages: messages.
export { decode, dropMessage } from './decode.ts';
export { type Encoded, encode, encodeParts } from './encode.ts';
