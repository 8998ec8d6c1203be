import { messageCopy, NO_PIECES, NO_PINS, type Pins } from '@mp/core/internal';
import { type ByteSource, bytesOf, checkWithin } from './bytes.ts';
import type { Outgoing } from './transport.ts';

/** A message with what is held on to for it until it was sent. */
export interface OutgoingMessage extends Outgoing {
  readonly pins: Pins;
}

/** The message for a call that has to wait: in memory of its own. */
export function kept({ buffer, length, more, pins, isShaped }: OutgoingMessage): OutgoingMessage {
  const copy = messageCopy(buffer.subarray(0, length), more);
  return { buffer: copy, length: copy.length, more: NO_PIECES, pins, isShaped };
}

/**
 * A part of some bytes as a message.
 *
 * @param offset where the part begins, in bytes
 * @param size its length in bytes; `undefined` = to the end
 * @throws RangeError when that is not a part of them
 */
export function messageOf(source: ByteSource, offset: number, size: number | undefined): OutgoingMessage {
  const bytes = bytesOf(source, 'bytes');
  checkWithin('offset', offset, bytes.length);
  const most = bytes.length - offset;
  const length = size ?? most;
  checkWithin('size', length, most);
  return { buffer: offset === 0 ? bytes : bytes.subarray(offset), length, more: NO_PIECES, pins: NO_PINS };
}
