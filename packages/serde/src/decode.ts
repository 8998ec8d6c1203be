import { type Carrier, dropPin, handleDecoders, MpError, SerializationError } from '@mp/core/internal';
import { isFile, Raising } from './raise.ts';
import { NOT_SMALL, TOO_LONG, unpackShaped, unpackSmallest } from './read-small.ts';
import { scan } from './scan.ts';
import { RECORD } from './tokens.ts';
import { BIN_32, BIN_HEAD_BYTES, type Mark, unpack } from './wire.ts';

/**
 * Makes the value of a message. Nothing in it is a view of `bytes`, unless they are said to be its own.
 *
 * @param carrier what the message came by: it lets go of the segments that were attached
 * @param end where the message ends, if the buffer is larger
 * @param own whether `bytes` will not be written to any more: buffers of the value then keep them, instead of being copied
 * @throws SerializationError `ERR_MP_SERIALIZATION` when the bytes are no message, or name a class that this thread
 * does not know
 * @throws MpError `ERR_MP_PACKAGE_MISSING` when a handle needs a package that is not there, or what attaching threw
 */
export function decode(bytes: Uint8Array, carrier: Carrier, end = bytes.length, own = false): unknown {
  let raising: Raising | undefined;
  try {
    const source = Buffer.isBuffer(bytes) ? bytes : bufferOf(bytes);
    if (source[0] === RECORD && end > 0) return unpackShaped(source, end, carrier.shapes);
    const small = unpackSmallest(source, end);
    if (small !== NOT_SMALL) return small;
    if (isBytes(source, end)) return bytesOf(source, end, own);
    const marked = scan(source, end);
    const { tree, handles } = unpack(source, end, own);
    if (!marked) return tree;
    raising = new Raising(carrier, handles);
    return raising.raise(tree);
  } catch (error) {
    if (raising !== undefined) drop(raising.unopened, carrier);
    throw explain(error);
  }
}

/**
 * Makes the value of a message that has objects without keys.
 *
 * @param most how many bytes their keys may take
 * @returns {@link TOO_LONG} when they take more: no more than that was made
 * @throws SerializationError as {@link decode}
 */
export function decodeShaped(bytes: Uint8Array, carrier: Carrier, most: number): unknown {
  try {
    return unpackShaped(bufferOf(bytes), bytes.length, carrier.shapes, most);
  } catch (error) {
    if (error === TOO_LONG) return TOO_LONG;
    throw explain(error);
  }
}

/** Lets go of what a message holds on to, when it will not be read. Bytes that are no message hold nothing. */
export function dropMessage(bytes: Uint8Array, carrier: Carrier): void {
  let handles: readonly Mark[];
  try {
    const source = bufferOf(bytes);
    if (!scan(source, source.length)) return;
    handles = unpack(source, source.length, false).handles;
  } catch {
    return;
  }
  drop(handles, carrier);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether the message is nothing but bytes, as `encodeParts()` writes them. */
function isBytes(source: Buffer, end: number): boolean {
  return source[0] === BIN_32 && end >= BIN_HEAD_BYTES && source.readUInt32BE(1) === end - BIN_HEAD_BYTES;
}

/** Small ones come out of Node's pool, as with `Buffer.from()`. */
function bytesOf(source: Buffer, end: number, own: boolean): Buffer {
  if (own) return source.subarray(BIN_HEAD_BYTES, end);
  const bytes = Buffer.allocUnsafe(end - BIN_HEAD_BYTES);
  source.copy(bytes, 0, BIN_HEAD_BYTES, end);
  return bytes;
}

function drop(handles: Iterable<Mark>, carrier: Carrier): void {
  for (const { parts } of handles) {
    const [, kind, data, pin, file] = parts;
    handleDecoders()
      .get(kind as string)
      ?.drop?.(data);
    if (carrier.local && isFile(pin) && isFile(file)) dropPin(carrier, pin, file);
  }
}

function explain(error: unknown): unknown {
  if (error instanceof MpError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new SerializationError(`Cannot read a message: ${reason}`, '', { cause: error });
}
