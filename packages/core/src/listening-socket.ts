import * as native from '@mp/native';
import { READABLE, StreamSocket } from './stream-socket.ts';

/**
 * A listening socket outside of Node's streams, which accept what the kernel has queued, wanted or not, and close it
 * when the process has no descriptor left. Here a connection stays in the kernel's queue until it is accepted.
 */
export class ListeningSocket {
  readonly #socket: native.Socket;
  #watched = false;
  #closed = false;

  /**
   * @param descriptor of a socket that listens; its present owner keeps a descriptor that accepts nothing any more, and
   * closes it as before
   * @param onReady called while a connection waits to be accepted and {@link ListeningSocket.watch} asked for it
   */
  constructor(descriptor: number, onReady: () => void) {
    this.#socket = native.socketListen(descriptor, onReady);
  }

  /** Whether a connection waits to be accepted. */
  get hasWaiting(): boolean {
    return !this.#closed && native.socketWait(this.#socket, READABLE, 0) !== 0;
  }

  /** @returns `undefined` when none waits; @throws `EMFILE` and the like: the connection then stays in the queue */
  accept(): StreamSocket | undefined {
    let accepted: StreamSocket | undefined;
    const socket = native.socketAccept(this.#socket, () => accepted?.onReady());
    if (socket !== undefined) accepted = new StreamSocket(socket);
    return accepted;
  }

  /** Whether `onReady` is called from now on. It never keeps the event loop alive. */
  watch(on: boolean): void {
    if (this.#closed || on === this.#watched) return;
    native.socketWatch(this.#socket, on ? READABLE : 0, false);
    this.#watched = on;
  }

  close(): void {
    this.#closed = true;
    native.socketClose(this.#socket);
  }
}
