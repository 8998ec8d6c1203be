import { ClosedError, MessageTooLongError } from '@mp/core';
import type { StreamSocket } from '@mp/core/internal';
import { FrameReader } from './frame.ts';
import { isGone } from './socket-errors.ts';
import { END, type Incoming } from './transport.ts';

/** Bytes that a read asks for. Bytes behind the end of a message stay for the next call. */
const READ_BYTES = 64 << 10;
/** From so many missing bytes of a message on they are read to where they belong. */
const DIRECT_BYTES = 4 << 10;
/** After so many bytes a step lets others have a turn. */
const STEP_BYTES = 1 << 20;
/** More than the kernel keeps for a socket. */
const UNREAD_MOST = 16 << 20;

/** Shared by all connections of the thread: nothing stays in it after a step. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

const NOTHING = Buffer.alloc(0);

/** The receiving side of a socket. No step waits. */
export class SocketIncoming {
  readonly #socket: StreamSocket;
  readonly #onGone: () => void;
  readonly #frames = new FrameReader();
  /** What was read behind the end of a message. */
  #rest = NOTHING;
  #restAt = 0;
  #message: Incoming | undefined;
  /** How the receiving ended. */
  #end: typeof END | Error | undefined;

  /** @param onGone called when the other end turns out to be gone */
  constructor(socket: StreamSocket, onGone: () => void) {
    this.#socket = socket;
    this.#onGone = onGone;
  }

  /** See {@link Transport.peek}. */
  peek(most: number): Incoming | typeof END | undefined {
    this.#advance(most);
    const found = this.#message?.end ?? this.#frames.length;
    if (found > most) {
      throw new MessageTooLongError(`Cannot receive a message of ${found} bytes: maxLength is ${most}`);
    }
    if (this.#message !== undefined) return this.#message;
    if (this.#end instanceof Error) throw this.#end;
    return this.#end;
  }

  take(): void {
    this.#message = undefined;
  }

  isReady(): boolean {
    this.#advance(Infinity);
    return this.#message !== undefined || this.#end !== undefined;
  }

  /** Nothing will be received any more. */
  stop(): void {
    this.#end ??= END;
    this.#message = undefined;
    this.#rest = NOTHING;
    this.#restAt = 0;
  }

  /**
   * Throws away what has come, before the socket is closed: TCP takes back what it has yet to deliver when something
   * stays unread.
   */
  discard(): void {
    let count = 0;
    for (let left = UNREAD_MOST; left > 0; left -= count) {
      count = this.#socket.read(readBuffer, 0, READ_BYTES);
      if (count <= 0) return;
    }
  }

  /** Reads until a message is whole, one is longer than wanted, the end has come, or nothing is there. */
  #advance(most: number): void {
    if (this.#message !== undefined || this.#end !== undefined) return;
    try {
      for (let left = STEP_BYTES; left > 0; ) {
        if (this.#restAt === this.#rest.length) {
          const count = this.#read();
          if (count === 0) this.#end = this.#endOfFile();
          if (count <= 0) return;
          left -= count;
        }
        if (this.#putTogether() || this.#frames.length > most) return;
      }
    } catch (error) {
      this.#end = error as Error;
    } finally {
      this.#keepRest();
    }
  }

  /** @returns how many bytes came; 0 = end of file, −1 = none now */
  #read(): number {
    try {
      if (this.#frames.missing >= DIRECT_BYTES) {
        const { memory, start } = this.#frames.reserve(1);
        const count = this.#socket.read(memory, start, memory.length);
        if (count > 0) this.#frames.fill(count);
        return count;
      }
      const count = this.#socket.read(readBuffer, 0, READ_BYTES);
      if (count > 0) {
        this.#rest = readBuffer.subarray(0, count);
        this.#restAt = 0;
      }
      return count;
    } catch (error) {
      if (!isGone(error)) throw error;
      return 0;
    }
  }

  /** @returns whether a message is whole */
  #putTogether(): boolean {
    this.#restAt = this.#frames.push(this.#rest, this.#restAt, this.#rest.length);
    if (!this.#frames.isWhole) return false;
    const source = this.#frames.take();
    this.#message = { source, start: 0, end: source.length, own: true };
    return true;
  }

  /** All connections share the read buffer: what is left in it is copied, once, and messages are taken from the copy. */
  #keepRest(): void {
    if (this.#restAt === this.#rest.length) this.#rest = NOTHING;
    else if (this.#rest.buffer === readBuffer.buffer)
      this.#rest = Buffer.from(this.#rest.subarray(this.#restAt));
    else return;
    this.#restAt = 0;
  }

  #endOfFile(): typeof END | Error {
    this.#onGone();
    if (!this.#frames.hasBegun) return END;
    return new ClosedError(
      `Cannot receive: the other end of the Connection ended in the middle of a message, ${this.#frames.progress}`,
    );
  }
}
