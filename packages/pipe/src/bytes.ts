/** Anything that holds bytes. */
export type ByteSource = ArrayBufferView | ArrayBufferLike;

/**
 * The bytes of `source`, in its own memory.
 *
 * @param what how messages call it
 * @throws TypeError when it holds none
 */
export function bytesOf(source: ByteSource, what: string): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer || source instanceof SharedArrayBuffer) return new Uint8Array(source);
  const found = source === null ? 'null' : `a ${typeof source}`;
  throw new TypeError(`${what} must be a typed array, a Buffer or an ArrayBuffer, not ${found}`);
}

/** @throws RangeError unless `value` is a whole number from 0 to `most` */
export function checkWithin(what: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  throw new RangeError(`${what} must be a whole number from 0 to ${most}, not ${value}`);
}
