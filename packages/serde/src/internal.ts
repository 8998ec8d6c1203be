// For other @mp packages: messages.
export { decode, dropMessage } from './decode.ts';
export { type Encoded, encode } from './encode.ts';
