import type { Encoded } from '@mp/serde/internal';

/*
 * Instead of `@mp/serde`: an item is a number from 0 to 255, and its message one byte.
 */
const PINS = { count: 0, sent() {}, drop() {} };

export function encode(item: unknown): Encoded {
  const buffer = Uint8Array.of(item as number);
  return { buffer, bytes: buffer, length: 1, more: [], pins: PINS } as unknown as Encoded;
}

export const encodeParts = encode;

export function decode(bytes: Uint8Array): unknown {
  return bytes[0];
}

export function dropMessage(): void {}
