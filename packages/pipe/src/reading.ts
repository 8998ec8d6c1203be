import { MessageTooLongError, type WaitOptions } from '@mp/core';
import { messageBuffer, NOT_SHORT, type Short, TAKES_BYTES } from '@mp/core/internal';
import { decode, withKeys } from '@mp/serde/internal';
import { type ByteSource, bytesOf, checkWithin } from './bytes.ts';
import { SHAPED } from './layout.ts';
import type { Incoming, Transport } from './transport.ts';

/** What `recvBytes` may be told. */
export interface RecvBytesOptions extends WaitOptions {
  /** Largest length that is wanted, in bytes. A longer message is an error that ends the receiving. */
  maxLength?: number | undefined;
}

/** What `recvBytesSync` and `tryRecvBytes` may be told. */
export type SyncRecvBytesOptions = Omit<RecvBytesOptions, 'signal'>;

/** A message that was taken: bytes of the receiver's own, or how many there are where the reading has put them. */
export type Taken = Buffer | number;

/** What a call makes of a message. */
export interface Reading<T> {
  /** Largest length that is wanted, in bytes. */
  readonly most: number;
  /** Names of the options that the call has beside those of a wait. Absent: none. */
  readonly options?: readonly string[];
  /** `TAKES_BYTES` when it takes any message by a copy into {@link scratch}. */
  readonly short?: Short;
  /** Takes the message. @throws MessageTooLongError when it is longer than wanted: nothing more can be received then */
  take(message: Incoming, from: Transport): Taken;
  /** Makes of it what the call answers. It is called next, before anything else is taken. */
  read(taken: Taken, from: Transport): T;
}

/** Messages up to this are copied into one buffer that is reused. */
const SCRATCH_BYTES = 16 << 10;

/** Up to this a loop is faster than a call that copies. */
const FEW_BYTES = 100;

export const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/** Values, as they were sent. */
export const VALUE: Reading<unknown> = {
  most: Infinity,
  short: TAKES_BYTES,
  take(message, from) {
    const { source, start, end } = message;
    const length = end - start;
    if (message.own || length > SCRATCH_BYTES) return takeBytes(message, from);
    if (length > FEW_BYTES) source.copy(scratch, 0, start, end);
    else for (let at = 0; at < length; at++) scratch[at] = source[start + at];
    from.take(message);
    return length;
  },
  read(taken, from) {
    if (typeof taken === 'number') return decode(scratch, from.carrier, taken);
    return decode(taken, from.carrier, taken.length, true);
  },
};

/** Runs the reading of a value. */
export type ReadWithin = <T>(read: () => T) => T;

/** Values of at most so many bytes, as they travel. */
export function valuesUpTo(most: number, within: ReadWithin): Reading<never> {
  return {
    ...VALUE,
    most,
    short: NOT_SHORT,
    read: (taken, from) => within(() => VALUE.read(taken, from)),
  } as Reading<never>;
}

/**
 * Bytes, in memory of their own.
 *
 * @throws TypeError, RangeError when `maxLength` is no length
 */
export function bytesUpTo(maxLength: number | undefined): Reading<Buffer> {
  if (maxLength === undefined) return BYTES;
  if (typeof maxLength !== 'number')
    throw new TypeError(`maxLength must be a number of bytes, not a ${typeof maxLength}`);
  if (!(maxLength >= 0)) throw new RangeError(`maxLength must be a number of bytes from 0, not ${maxLength}`);
  return { ...BYTES, most: maxLength, take: (message, from) => takeAsSent(message, from, maxLength) };
}

const BYTES: Reading<Buffer> = {
  most: Infinity,
  options: ['maxLength'],
  take: (message, from) => takeAsSent(message, from, Infinity),
  read: (taken) => taken as Buffer,
};

/**
 * Bytes that are written into `buffer` from `offset` on.
 *
 * @throws TypeError when it holds no bytes, RangeError when `offset` is not inside
 */
export function bytesInto(buffer: ByteSource, offset: number): Reading<number> {
  const whole = bytesOf(buffer, 'buffer');
  checkWithin('offset', offset, whole.length);
  const target = offset === 0 ? whole : whole.subarray(offset);
  return {
    most: Infinity,
    take(message, from) {
      const { source, start, end } = message;
      const length = end - start;
      if (length > target.length || message.flags === SHAPED) return takeAsSent(message, from, Infinity);
      source.copy(target, 0, start, end);
      from.take(message);
      return length;
    },
    read(taken) {
      if (typeof taken === 'number') return taken;
      if (taken.length <= target.length) return taken.copy(target);
      throw tooShort(taken, target.length);
    },
  };
}

function takeBytes(message: Incoming, from: Transport): Buffer {
  const { source, start, end, own } = message;
  let bytes = source.subarray(start, end);
  if (!own) {
    bytes = messageBuffer(end - start);
    source.copy(bytes, 0, start, end);
  }
  from.take(message);
  return bytes;
}

/** Bytes for a program that may pass them on: a value has its keys in them, which the next receiver may not know. */
function takeAsSent(message: Incoming, from: Transport, most: number): Buffer {
  const bytes = takeBytes(message, from);
  if (message.flags !== SHAPED) return bytes;
  const whole = withKeys(bytes, from.carrier, most);
  if (whole !== undefined) return whole;
  throw new MessageTooLongError(`Cannot receive a message of more than ${most} bytes: that is its maxLength`);
}

function tooShort(bytes: Buffer, space: number): MessageTooLongError {
  return new MessageTooLongError(
    `Cannot write a message of ${bytes.length} bytes into a buffer with ${space}: it is in the error's \`bytes\``,
    { bytes },
  );
}
