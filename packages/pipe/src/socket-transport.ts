import { ClosedError, SerializationError } from '@mp/core';
import { type Carrier, READABLE, type Reason, type StreamSocket, WRITABLE } from '@mp/core/internal';
import { Observers } from './observers.ts';
import { endWhenSilent } from './silence.ts';
import { SocketIncoming } from './socket-incoming.ts';
import { SocketLine } from './socket-line.ts';
import { SocketOutgoing } from './socket-outgoing.ts';
import type { END, Incoming, Outgoing, Transport } from './transport.ts';

/** A socket cannot hold on to shared memory: it has no file beside which a link could stand. */
export const SOCKET_CARRIER: Carrier = {
  local: false,
  pin() {
    throw new SerializationError('Cannot send shared memory over a socket');
  },
  unpin() {},
};

/**
 * One end of a connection over a socket, in the frames of Python's `multiprocessing.connection`. All steps read and
 * write the descriptor at once, for calls that wait in the event loop as for those that block the thread: so bytes have
 * one order, and none of them lies in a queue that a blocked thread cannot reach.
 */
export class SocketTransport implements Transport {
  readonly carrier = SOCKET_CARRIER;
  readonly readable = true;
  readonly writable = true;
  readonly rescued = 0;
  readonly title = 'a Connection over a socket';
  readonly sendLine: SocketLine;
  readonly receiveLine: SocketLine;
  readonly #socket: StreamSocket;
  readonly #out: SocketOutgoing;
  readonly #in: SocketIncoming;
  readonly #observers = new Observers(() => this.#watch());
  /** Whether the event loop is kept alive while a call waits here. */
  #keepsAlive = true;
  #farEnd = 'is open';
  #closing = false;
  #stopLooking: (() => void) | undefined;

  /** @param socket a connected one, from which nothing was read */
  constructor(socket: StreamSocket) {
    this.#socket = socket;
    if (socket.peer !== undefined) this.#stopLooking = endWhenSilent(socket);
    socket.onReady = () => this.#onReady();
    const onGone = () => {
      this.#farEnd = 'is closed or has died';
    };
    this.#out = new SocketOutgoing(this.#socket, onGone);
    this.#in = new SocketIncoming(this.#socket, onGone);
    const changed = () => this.#watch();
    this.sendLine = new SocketLine({
      changed,
      block: (milliseconds) => this.#block(WRITABLE, milliseconds),
      // A message that has left in part is not sent yet, and nothing else can leave.
      holds: () => this.#out.isHalfSent,
    });
    this.receiveLine = new SocketLine({
      changed,
      block: (milliseconds) => this.#block(READABLE, milliseconds),
      holds: () => false,
    });
  }

  get keepsAlive(): boolean {
    return this.#keepsAlive;
  }

  set keepsAlive(on: boolean) {
    this.#keepsAlive = on;
    this.#watch();
  }

  get farEnd(): string {
    return this.#farEnd;
  }

  send(message: Outgoing, reason: Reason): true | undefined {
    const taken = this.#out.send(message, reason);
    if (this.#out.isHalfSent) this.#watch();
    return taken;
  }

  peek(_reason: Reason, most: number): Incoming | typeof END | undefined {
    if (this.#closing) throw closedHere();
    return this.#in.peek(most);
  }

  take(): void {
    this.#in.take();
  }

  isReady(): boolean {
    if (this.#closing) throw closedHere();
    return this.#in.isReady();
  }

  whenReady(run: () => void): () => void {
    return this.#observers.add(run);
  }

  /** What still comes stays in the kernel: its sender waits, as for a receiver that is slow. */
  stopReceiving(): void {
    this.#in.stop();
  }

  handle(): string {
    return 'a connection over a socket stays in its process. Let the other one connect() itself, or pass its messages on through a pipe()';
  }

  close(): void {
    this.#closing = true;
    this.#in.stop();
    this.#observers.tell();
    this.#leave();
  }

  drop(): void {
    this.close();
    this.#end();
  }

  #end(): void {
    this.#stopLooking?.();
    this.#socket.close();
  }

  #leave(): void {
    let hasLeft = true;
    try {
      hasLeft = this.#out.flush();
      if (hasLeft) this.#in.discard();
    } catch {
      // The other end is gone: the rest is lost.
    }
    // Else it leaves by the event loop, which it keeps alive.
    if (hasLeft) this.#end();
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
    if (!this.#observers.isEmpty && this.isReady()) this.#observers.tell();
    this.#watch();
  }

  #watch(): void {
    if (this.#socket.closed) return;
    const reads = !this.receiveLine.isEmpty || !this.#observers.isEmpty;
    const writes = !this.sendLine.isEmpty || this.#out.isHalfSent;
    this.#socket.watch((reads ? READABLE : 0) | (writes ? WRITABLE : 0), this.#keepsAlive);
  }

  /** Also what was sent before has to leave while the thread is blocked: the other end may answer only then. */
  #block(events: number, milliseconds: number): void {
    this.#socket.wait(events | (this.#out.isHalfSent ? WRITABLE : 0), milliseconds);
    if (!this.#out.isHalfSent) return;
    this.#flushHeld();
    this.sendLine.serve();
  }

  /** A failure is an error of the call that waits for this message. If it has ended, the next send finds the failure. */
  #flushHeld(): void {
    try {
      this.#out.flush();
    } catch (error) {
      this.sendLine.failHeld(error);
    }
  }
}

/** The error of a call on an end that was closed here. */
export function closedHere(): ClosedError {
  return new ClosedError('Cannot receive: the Connection was closed in this thread');
}
