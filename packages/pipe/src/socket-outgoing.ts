import { ClosedError } from '@mp/core';
import { LOOK, messageLength, type Reason, type StreamSocket, UNINVITED } from '@mp/core/internal';
import { HEADER_MOST, writeHeader } from './frame.ts';
import { isGone } from './socket-errors.ts';
import type { Outgoing } from './transport.ts';

/*
 * At most one message has begun to leave. The kernel has the first part of it, UNSENT is the rest.
 *
 * | UNSENT  | OWED | meaning                                                                                  |
 * | ------- | ---- | ---------------------------------------------------------------------------------------- |
 * | nothing | 0    | the kernel has every message                                                             |
 * | nothing | n    | n bytes of a frame have left; its sender comes again, at once, with memory that stays     |
 * | rest    | 0    | its sender waits in the line until the kernel has it, or has gone, as its time was over  |
 */

/** A frame's header travels with the beginning of its message, so that small ones are one packet. */
const JOINED_BYTES = 16 << 10;

/** Shared by all connections of the thread: nothing stays in it after a step. */
const joined = Buffer.allocUnsafeSlow(HEADER_MOST + JOINED_BYTES);

/** The sending side of a socket. No step waits. */
export class SocketOutgoing {
  readonly #socket: StreamSocket;
  readonly #onGone: () => void;
  #unsent: Uint8Array[] = [];
  #owed = 0;

  /** @param onGone called when the other end turns out to be gone */
  constructor(socket: StreamSocket, onGone: () => void) {
    this.#socket = socket;
    this.#onGone = onGone;
  }

  /** Whether a part of a message that was taken has yet to leave. */
  get isHalfSent(): boolean {
    return this.#unsent.length > 0;
  }

  /**
   * Takes a message, of which a part may have yet to leave then.
   *
   * @param reason `UNINVITED` promises to call again with the same message, or a copy of it, before anything else when
   * the answer is `undefined`; `LOOK` says that no call waits until it has left
   * @throws ClosedError when the other end is gone
   */
  send(message: Outgoing, reason: Reason): true | undefined {
    if (this.#owed > 0) {
      const owed = this.#owed;
      this.#owed = 0;
      this.#unsent = restOf(message, owed, false);
      this.flush();
      return true;
    }
    if (!this.flush()) return undefined;
    const written = this.#begin(message);
    if (written === 0) return undefined;
    if (written === frameLength(message)) return true;
    if (reason === UNINVITED) {
      this.#owed = written;
      return undefined;
    }
    this.#unsent = restOf(message, written, reason === LOOK);
    return true;
  }

  /**
   * @returns whether the kernel has all that was sent
   * @throws ClosedError when the other end is gone; the rest is given up
   */
  flush(): boolean {
    while (this.#unsent.length > 0) {
      const [first] = this.#unsent;
      const count = this.#write(first, 0, first.length);
      if (count < first.length) {
        if (count > 0) this.#unsent[0] = first.subarray(count);
        return false;
      }
      this.#unsent.shift();
    }
    return true;
  }

  /** Writes the beginning of a frame. @returns how many bytes of it, 0 = none now */
  #begin(message: Outgoing): number {
    const { buffer, length, more } = message;
    const header = writeHeader(joined, messageLength(length, more));
    const together = Math.min(length, JOINED_BYTES);
    joined.set(buffer.subarray(0, together), header);
    let written = this.#write(joined, 0, header + together);
    if (written < header + together) return written;
    if (together < length) written += this.#write(buffer, together, length);
    if (written < header + length) return written;
    for (const piece of more) {
      const count = this.#write(piece, 0, piece.length);
      written += count;
      if (count < piece.length) break;
    }
    return written;
  }

  /** Writes until there is no room. @returns how many bytes */
  #write(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    try {
      while (at < to) {
        const count = this.#socket.write(bytes, at, to);
        if (count < 0) break;
        at += count;
      }
    } catch (cause) {
      this.#unsent = [];
      if (!isGone(cause)) throw cause;
      this.#onGone();
      throw new ClosedError('Cannot send: the other end of the Connection is closed or has died', { cause });
    }
    return at - from;
  }
}

function frameLength({ length, more }: Outgoing): number {
  const bytes = messageLength(length, more);
  return bytes + writeHeader(joined, bytes);
}

/** What is left of a frame of which `written` bytes have left. */
function restOf(message: Outgoing, written: number, copy: boolean): Uint8Array[] {
  const { buffer, length, more } = message;
  const header = Buffer.alloc(HEADER_MOST);
  const headerEnd = writeHeader(header, messageLength(length, more));
  const rest: Uint8Array[] = [];
  let skip = written;
  for (const piece of [header.subarray(0, headerEnd), buffer.subarray(0, length), ...more]) {
    const left = piece.subarray(Math.min(skip, piece.length));
    skip -= piece.length - left.length;
    if (left.length > 0) rest.push(copy ? new Uint8Array(left) : left);
  }
  return rest;
}
