import type { Socket } from 'node:net';
import { ClosedError, TimeoutError } from '@mp/core';
import { atDeadline, CHOSEN, NO_PIECES, StreamSocket, watchAbort } from '@mp/core/internal';
import { descriptorOf } from './descriptor.ts';
import { type Exchange, HANDSHAKE_MESSAGE_MOST } from './handshake.ts';
import { SocketTransport } from './socket-transport.ts';
import { END, type Transport } from './transport.ts';

/** Takes a connection over from Node's streams, which are closed. It must not have read anything yet. */
export function takeOver(socket: Socket): SocketTransport {
  try {
    const descriptor = descriptorOf(socket);
    if (descriptor === undefined) throw new ClosedError('The other end closed the connection at once');
    // Python's messages of two writes must not wait for each other.
    socket.setNoDelay(true);
    return new SocketTransport(StreamSocket.from(descriptor));
  } finally {
    socket.destroy();
  }
}

/**
 * The messages of a handshake over a connection. One timer and one watch on a signal are enough for all of its waits: they, and
 * an end from outside, reject the wait under way.
 */
export class PeerExchange implements Exchange {
  readonly #transport: Transport;
  readonly #cancelTimer: (() => void) | undefined;
  readonly #unwatch: (() => void) | undefined;
  /** What is waited for, as the error of the deadline calls it. */
  #missing = '';
  #failure: { readonly error: unknown } | undefined;

  /** @param deadline of all messages together. @throws the reason of the signal when it is aborted */
  constructor(transport: Transport, deadline = Infinity, signal?: AbortSignal) {
    signal?.throwIfAborted();
    this.#transport = transport;
    if (deadline !== Infinity)
      this.#cancelTimer = atDeadline(deadline, () =>
        this.fail(new TimeoutError(`The other end did not ${this.#missing} in time`)),
      );
    this.#unwatch = signal && watchAbort(signal, () => this.fail(signal.reason));
  }

  async send(message: Uint8Array): Promise<void> {
    this.throwIfFailed();
    const outgoing = { buffer: message, length: message.length, more: NO_PIECES };
    // There is nearly always room.
    if (this.#transport.send(outgoing, CHOSEN)) return;
    this.#missing = 'receive';
    await this.#transport.sendLine.wait(() => this.#transport.send(outgoing, CHOSEN), Infinity);
  }

  async receive(what: string): Promise<Uint8Array> {
    this.throwIfFailed();
    this.#missing = `send ${what}`;
    const attempt = () => this.#transport.peek(CHOSEN, HANDSHAKE_MESSAGE_MOST);
    const message = await this.#transport.receiveLine.wait(attempt, Infinity);
    if (message === undefined || message === END)
      throw new ClosedError(`The other end closed the connection before it had sent ${what}`);
    this.#transport.take(message);
    return message.source;
  }

  /** Ends it: what waits, and all that comes, rejects with this error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#transport.sendLine.failAll(error);
    this.#transport.receiveLine.failAll(error);
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** It is over, well or not. */
  close(): void {
    this.#cancelTimer?.();
    this.#unwatch?.();
  }
}
