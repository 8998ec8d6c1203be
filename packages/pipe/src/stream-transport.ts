import type { Socket } from 'node:net';
import { ClosedError, MessageTooLongError } from '@mp/core';
import { messageLength, type Reason } from '@mp/core/internal';
import { FrameReader, HEADER_MOST, writeHeader } from './frame.ts';
import { Observers } from './observers.ts';
import { endStreamWhenSilent } from './silence.ts';
import { isGone } from './socket-errors.ts';
import { SocketLine } from './socket-line.ts';
import { closedHere, SOCKET_CARRIER } from './socket-transport.ts';
import { END, type Incoming, type Outgoing, type Transport } from './transport.ts';

/** From so many bytes on that have yet to leave, nothing more is taken for sending. */
const UNSENT_BYTES = 256 << 10;

/** An idle connection is asked for a sign of life after this long, and then ten times, a second apart. */
const KEEP_ALIVE_MS = 10_000;

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * One end of a connection over a stream of Node's, which is TLS: in the frames of a socket, but only for calls that wait in
 * the event loop, as a stream does nothing while the thread is blocked.
 */
export class StreamTransport implements Transport {
  readonly carrier = SOCKET_CARRIER;
  readonly readable = true;
  readonly writable = true;
  readonly rescued = 0;
  readonly title = 'a Connection over TLS';
  readonly sendLine: SocketLine;
  readonly receiveLine: SocketLine;
  readonly #stream: Socket;
  readonly #frames = new FrameReader();
  readonly #observers = new Observers(() => this.#watch());
  #rest: Buffer = NOTHING;
  #restAt = 0;
  #message: Incoming | undefined;
  /** How the receiving ended. */
  #end: typeof END | Error | undefined;
  /** The stream has ended, and why if that was a failure. */
  #over: { readonly error?: Error } | undefined;
  #keepsAlive = true;
  #closing = false;

  /** @param stream a connected one, from which nothing was read */
  constructor(stream: Socket) {
    this.#stream = stream;
    const owner = { changed: () => this.#watch(), block: refuseToBlock, holds: () => false };
    this.sendLine = new SocketLine(owner);
    this.receiveLine = new SocketLine(owner);
    const end = (error?: Error) => {
      this.#over ??= { error };
      this.#onReady();
    };
    stream.setNoDelay(true);
    // Or a machine that is gone would never be noticed while nothing is sent.
    stream.setKeepAlive(true, KEEP_ALIVE_MS);
    endStreamWhenSilent(stream);
    stream.on('error', end);
    stream.on('end', () => end());
    stream.on('close', () => end());
    stream.on('drain', () => this.#onReady());
    stream.on('readable', () => this.#onReady());
    this.#watch();
  }

  get keepsAlive(): boolean {
    return this.#keepsAlive;
  }

  set keepsAlive(on: boolean) {
    this.#keepsAlive = on;
    this.#watch();
  }

  get farEnd(): string {
    return this.#over === undefined ? 'is open' : 'is closed or has died';
  }

  send({ buffer, length, more }: Outgoing, _reason: Reason): true | undefined {
    if (this.#over !== undefined || this.#closing) {
      throw new ClosedError('Cannot send: the other end of the Connection is closed or has died', {
        cause: this.#over?.error,
      });
    }
    const stream = this.#stream;
    if (stream.writableLength >= UNSENT_BYTES) return undefined;
    // The stream keeps what it is given; the sender uses its memory again.
    const frame = Buffer.allocUnsafe(HEADER_MOST + length);
    const header = writeHeader(frame, messageLength(length, more));
    frame.set(buffer.subarray(0, length), header);
    stream.write(frame.subarray(0, header + length));
    for (const piece of more) stream.write(Buffer.from(piece));
    this.#watch();
    return true;
  }

  peek(_reason: Reason, most: number): Incoming | typeof END | undefined {
    if (this.#closing) throw closedHere();
    this.#advance(most);
    const found = this.#message?.end ?? this.#frames.length;
    if (found > most)
      throw new MessageTooLongError(`Cannot receive a message of ${found} bytes: maxLength is ${most}`);
    if (this.#message !== undefined) return this.#message;
    if (this.#end instanceof Error) throw this.#end;
    return this.#end;
  }

  take(): void {
    this.#message = undefined;
  }

  isReady(): boolean {
    if (this.#closing) throw closedHere();
    this.#advance(Infinity);
    return this.#message !== undefined || this.#end !== undefined;
  }

  whenReady(run: () => void): () => void {
    return this.#observers.add(run);
  }

  stopReceiving(): void {
    this.#end ??= END;
    this.#message = undefined;
    this.#rest = NOTHING;
    this.#restAt = 0;
  }

  handle(): string {
    return 'a connection over TLS stays in its process. Let the other one connect itself, or pass its messages on through a pipe()';
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.stopReceiving();
    this.#observers.tell();
    this.#stream.removeAllListeners('readable');
    // What stays unread makes TCP take back what it has yet to deliver.
    this.#stream.resume();
    this.#stream.destroySoon();
  }

  drop(): void {
    this.close();
    this.#stream.destroy();
  }

  #onReady(): void {
    if (this.#closing) return;
    this.sendLine.serve();
    this.receiveLine.serve();
    if (!this.#observers.isEmpty && this.isReady()) this.#observers.tell();
    this.#watch();
  }

  #watch(): void {
    const { receiveLine, sendLine } = this;
    const waits = !receiveLine.isEmpty || !sendLine.isEmpty || !this.#observers.isEmpty;
    if (this.#stream.writableLength > 0 || (waits && this.#keepsAlive)) this.#stream.ref();
    else this.#stream.unref();
  }

  /** Reads until a message is whole, one is longer than wanted, the end has come, or nothing is there. */
  #advance(most: number): void {
    try {
      while (this.#message === undefined && this.#end === undefined) {
        if (this.#restAt === this.#rest.length && !this.#read()) return;
        this.#restAt = this.#frames.push(this.#rest, this.#restAt, this.#rest.length);
        if (this.#frames.isWhole) {
          const source = this.#frames.take();
          this.#message = { source, start: 0, end: source.length, own: true };
        } else if (this.#frames.length > most) return;
      }
    } catch (error) {
      this.#end = error as Error;
    }
  }

  /** @returns whether something came */
  #read(): boolean {
    const chunk = this.#stream.read() as Buffer | null;
    if (chunk === null) {
      if (this.#over !== undefined) this.#end = this.#endOfFile(this.#over);
      return false;
    }
    this.#rest = chunk;
    this.#restAt = 0;
    return true;
  }

  #endOfFile({ error }: { readonly error?: Error }): typeof END | Error {
    if (this.#frames.hasBegun) {
      return new ClosedError(
        `Cannot receive: the other end of the Connection ended in the middle of a message, ${this.#frames.progress}`,
        { cause: error },
      );
    }
    if (error === undefined || isGone(error)) return END;
    return new ClosedError(`Cannot receive: ${error.message}`, { cause: error });
  }
}

function refuseToBlock(): never {
  throw new TypeError('A connection over TLS cannot block the thread: await its calls');
}
