import { ClosedError, MessageTooLongError, SerializationError } from '@mp/core';
import {
  type Carrier,
  LOOK,
  READABLE,
  type Reason,
  StreamSocket,
  UNINVITED,
  WRITABLE,
} from '@mp/core/internal';
import { FrameReader, HEADER_MOST, writeHeader } from './frame.ts';
import { SocketLine } from './socket-line.ts';
import { END, type Incoming, type Outgoing, type Transport } from './transport.ts';

/*
 * A connection over a socket. All steps read and write the descriptor at once, for who waits in the event loop as for
 * who blocks the thread; so there is one order of bytes, and nothing is on its way in queues that nobody can reach.
 *
 * Sending: at most one message has begun to leave. The kernel has the first part of it, UNSENT is the rest.
 *
 * | UNSENT  | OWED | meaning                                                            | next                                |
 * | ------- | ---- | ------------------------------------------------------------------ | ----------------------------------- |
 * | nothing | 0    | the kernel has every message                                       |                                     |
 * | nothing | n    | n bytes of a frame are written; its sender comes again, at once, with memory that stays | UNSENT = the rest |
 * | rest    | 0    | its sender waits at the head of the line until the kernel has it; or has gone, by timeout | nothing      |
 */

/** Bytes that a read asks for. What was read too much waits for the next call. */
const READ_BYTES = 64 << 10;
/** From so many missing bytes of a message on they are read to where they belong. */
const DIRECT_BYTES = 4 << 10;
/** After so many bytes a step lets others have a turn. */
const STEP_BYTES = 1 << 20;
/** A frame's header travels with the beginning of its message, so that small ones are one packet. */
const JOINED_BYTES = 16 << 10;

/** Of the whole thread: nothing stays in them after a step. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);
const joined = Buffer.allocUnsafeSlow(HEADER_MOST + JOINED_BYTES);

/** Errors of the system that mean that nobody is at the other end any more. */
const GONE = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTCONN',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETDOWN',
]);

/** Shared memory cannot be held on to by a socket: what travels in it is in nobody's file. */
const CARRIER: Carrier = {
  local: false,
  pin() {
    throw new SerializationError('Cannot send shared memory over a socket');
  },
  unpin() {},
};

const NOTHING = Buffer.alloc(0);

/** One end of a connection over a socket, in the frames of Python's `multiprocessing.connection`. */
export class SocketTransport implements Transport {
  readonly carrier = CARRIER;
  readonly readable = true;
  readonly writable = true;
  readonly rescued = 0;
  readonly sendLine: SocketLine;
  readonly receiveLine: SocketLine;
  readonly #socket: StreamSocket;
  readonly #frames = new FrameReader();
  /** Who asked to be told when there is something to receive. */
  readonly #observers = new Set<() => void>();
  #unsent: Uint8Array[] = [];
  #owed = 0;
  /** What was read behind the end of a message. */
  #rest = NOTHING;
  #restAt = 0;
  #message: Incoming | undefined;
  /** How the receiving ended. */
  #end: typeof END | Error | undefined;
  #farEnd: string | undefined;
  #closing = false;

  /** @param descriptor of a connected socket; it is duplicated */
  constructor(descriptor: number) {
    this.#socket = new StreamSocket(descriptor, () => this.#onReady());
    const changed = () => this.#watch();
    this.sendLine = new SocketLine({
      changed,
      block: (milliseconds) => this.#block(WRITABLE, milliseconds),
      holds: () => this.#unsent.length > 0,
    });
    this.receiveLine = new SocketLine({
      changed,
      block: (milliseconds) => this.#block(READABLE, milliseconds),
      holds: () => false,
    });
  }

  get farEnd(): string {
    return this.#farEnd ?? 'is open';
  }

  send(message: Outgoing, reason: Reason): true | undefined {
    if (this.#owed > 0) {
      const owed = this.#owed;
      this.#owed = 0;
      this.#unsent = restOf(message, owed, false);
      this.#flush();
      return true;
    }
    if (!this.#flush()) return undefined;
    const written = this.#begin(message);
    if (written === 0) return undefined;
    if (written === frameLength(message)) return true;
    if (reason === UNINVITED) {
      this.#owed = written;
      return undefined;
    }
    // Who only tries does not come again, and its memory is not ours.
    this.#unsent = restOf(message, written, reason === LOOK);
    this.#watch();
    return true;
  }

  peek(_reason: Reason, most: number): Incoming | typeof END | undefined {
    if (this.#message === undefined && this.#end === undefined) this.#receive(most);
    const { length } = this.#frames;
    const found = this.#message?.end ?? (length > most ? length : 0);
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
    if (this.#closing) throw closedHere();
    if (this.#message === undefined && this.#end === undefined) this.#receive(Infinity);
    return this.#message !== undefined || this.#end !== undefined;
  }

  whenReady(run: () => void): () => void {
    this.#observers.add(run);
    this.#watch();
    return () => {
      this.#observers.delete(run);
      this.#watch();
    };
  }

  /** What still comes stays in the kernel: its sender waits, as it does for who just does not receive. */
  stopReceiving(): void {
    this.#end ??= END;
    this.#message = undefined;
    this.#rest = NOTHING;
  }

  handle(): string {
    return 'a connection over a socket stays in its process. Let the other one connect() itself, or pass its messages on through a pipe()';
  }

  close(): void {
    this.#closing = true;
    this.#end ??= closedHere();
    this.#tellObservers();
    this.#leave();
  }

  #leave(): void {
    let hasLeft = true;
    try {
      hasLeft = this.#flush();
    } catch {
      // Nobody will receive the rest.
    }
    // Else it leaves by the event loop, which it keeps alive.
    if (hasLeft) this.#socket.close();
    else this.#watch();
  }

  #onReady(): void {
    if (this.#closing) {
      this.#leave();
      return;
    }
    this.#flushHeld();
    this.sendLine.serve();
    this.receiveLine.serve();
    if (this.#observers.size > 0 && this.isReady()) this.#tellObservers();
    this.#watch();
  }

  #tellObservers(): void {
    const observers = [...this.#observers];
    this.#observers.clear();
    for (const run of observers) run();
  }

  #watch(): void {
    if (this.#socket.closed) return;
    const reads = !this.receiveLine.isEmpty || this.#observers.size > 0;
    const writes = !this.sendLine.isEmpty || this.#unsent.length > 0;
    this.#socket.watch((reads ? READABLE : 0) | (writes ? WRITABLE : 0));
  }

  /** Also what was sent before has to leave while the thread is blocked: the other end may answer only then. */
  #block(events: number, milliseconds: number): void {
    this.#socket.wait(events | (this.#unsent.length > 0 ? WRITABLE : 0), milliseconds);
    if (this.#unsent.length === 0) return;
    this.#flushHeld();
    this.sendLine.serve();
  }

  /** A failure is for who waits for it; if that one has gone, the next who sends finds it. */
  #flushHeld(): void {
    try {
      this.#flush();
    } catch (error) {
      this.sendLine.failHeld(error);
    }
  }

  /** @returns whether the kernel has all that was sent */
  #flush(): boolean {
    while (this.#unsent.length > 0) {
      const [first] = this.#unsent;
      const count = this.#write(first, 0, first.length);
      if (count === first.length) this.#unsent.shift();
      else {
        if (count > 0) this.#unsent[0] = first.subarray(count);
        return false;
      }
    }
    return true;
  }

  /** Writes the beginning of a frame. @returns how many bytes of it, 0 = none now */
  #begin(message: Outgoing): number {
    const { buffer, length, tail } = message;
    const header = writeHeader(joined, length + (tail?.length ?? 0));
    const together = Math.min(length, JOINED_BYTES);
    joined.set(together === buffer.length ? buffer : buffer.subarray(0, together), header);
    let written = this.#write(joined, 0, header + together);
    if (written < header + together) return written;
    if (together < length) written += this.#write(buffer, together, length);
    if (written < header + length || tail === undefined) return written;
    return written + this.#write(tail, 0, tail.length);
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
    } catch (error) {
      this.#unsent = [];
      throw this.#nobodyReceives(error);
    }
    return at - from;
  }

  #nobodyReceives(cause: unknown): unknown {
    if (!isGone(cause)) return cause;
    this.#farEnd ??= 'is closed or has died';
    return new ClosedError(`Cannot send: the other end of the Connection ${this.#farEnd}`, { cause });
  }

  /** Reads until a message is whole, one is longer than wanted, the end has come, or nothing is there. */
  #receive(most: number): void {
    try {
      for (let left = STEP_BYTES; left > 0; ) {
        if (this.#restAt === this.#rest.length) {
          const count = this.#read();
          if (count <= 0) {
            if (count === 0) this.#end = this.#endOfFile();
            return;
          }
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
      const { missing } = this.#frames;
      if (missing < DIRECT_BYTES) {
        const count = this.#socket.read(readBuffer, 0, READ_BYTES);
        if (count > 0) {
          this.#rest = readBuffer.subarray(0, count);
          this.#restAt = 0;
        }
        return count;
      }
      const { memory, start } = this.#frames.reserve(1);
      const count = this.#socket.read(memory, start, memory.length);
      if (count > 0) this.#frames.fill(count);
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

  /** The read buffer is everybody's: what is left in it is copied, once, as whole messages are taken from it. */
  #keepRest(): void {
    if (this.#restAt === this.#rest.length) {
      this.#rest = NOTHING;
      this.#restAt = 0;
    } else if (this.#rest.buffer === readBuffer.buffer) {
      this.#rest = Buffer.from(this.#rest.subarray(this.#restAt));
      this.#restAt = 0;
    }
  }

  #endOfFile(): typeof END | Error {
    this.#farEnd = 'is closed or has died';
    if (!this.#frames.hasBegun) return END;
    return new ClosedError(
      `Cannot receive: the other end of the Connection ended in the middle of a message, ${this.#frames.progress}`,
    );
  }
}

function closedHere(): ClosedError {
  return new ClosedError('Cannot receive: the Connection was closed in this thread');
}

function frameLength({ length, tail }: Outgoing): number {
  const bytes = length + (tail?.length ?? 0);
  return bytes + writeHeader(joined, bytes);
}

/** What is left of a frame of which `written` bytes are gone: at least its header. */
function restOf(message: Outgoing, written: number, copy: boolean): Uint8Array[] {
  const { buffer, length, tail = NOTHING } = message;
  const header = Buffer.allocUnsafe(HEADER_MOST);
  const pieces = [
    header.subarray(0, writeHeader(header, length + tail.length)),
    buffer.subarray(0, length),
    tail,
  ];
  let skip = written;
  const rest: Uint8Array[] = [];
  for (const piece of pieces) {
    const left = piece.subarray(Math.min(skip, piece.length));
    skip -= piece.length - left.length;
    if (left.length > 0) rest.push(copy ? new Uint8Array(left) : left);
  }
  return rest;
}

function isGone(error: unknown): boolean {
  return GONE.has((error as NodeJS.ErrnoException).code ?? '');
}
