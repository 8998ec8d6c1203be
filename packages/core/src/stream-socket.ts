import * as native from '@mp/native';

/** What a {@link StreamSocket} is watched and waited for, as a mask; what failed or ended is both. */
export const READABLE: number = native.READABLE;
export const WRITABLE: number = native.WRITABLE;

/**
 * A connected stream socket outside of Node's streams, which know no blocking: here the same bytes in the same order
 * come to a wait in the event loop and to a thread that blocks. Reading and writing never wait.
 */
export class StreamSocket {
  readonly #socket: native.Socket;
  #watched = 0;
  #keepsAlive = true;
  #closed = false;

  /** Called while something is there that {@link StreamSocket.watch} asked for. */
  onReady: () => void = () => {};

  constructor(socket: native.Socket) {
    this.#socket = socket;
  }

  /** @param descriptor of a connection; it is duplicated, so its present owner closes its own */
  static from(descriptor: number): StreamSocket {
    let made: StreamSocket | undefined;
    made = new StreamSocket(native.socketOpen(descriptor, () => made?.onReady()));
    return made;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** From where a TCP connection comes; `undefined` for a Unix socket, and when it has ended. */
  get peer(): { host: string; port: number } | undefined {
    return native.socketPeer(this.#socket);
  }

  /** Reads what is there into `bytes` from index `from` to before `to`. @returns how many; 0 = end of file; −1 = none */
  read(bytes: Uint8Array, from: number, to: number): number {
    return native.socketRead(this.#socket, bytes, from, to);
  }

  /** Writes what there is room for of `bytes` from index `from` to before `to`. @returns how many; −1 = no room now */
  write(bytes: Uint8Array, from: number, to: number): number {
    return native.socketWrite(this.#socket, bytes, from, to);
  }

  /** What `onReady` is called for from now on; 0 = nothing. While it is something, the loop is kept alive if wanted. */
  watch(events: number, keepsAlive = true): void {
    if (this.#closed || (events === this.#watched && keepsAlive === this.#keepsAlive)) return;
    native.socketWatch(this.#socket, events, keepsAlive);
    this.#watched = events;
    this.#keepsAlive = keepsAlive;
  }

  /** Ends a TCP connection when the other machine has answered nothing for `milliseconds` to what was sent. */
  endIfSilent(milliseconds: number): void {
    if (!this.#closed) native.socketEndIfSilent(this.#socket, milliseconds);
  }

  /** Blocks the thread until one of `events` is there, at most `milliseconds`, which is at most 1000. */
  wait(events: number, milliseconds: number): void {
    native.socketWait(this.#socket, events, milliseconds);
  }

  /** Closes the descriptor at once. */
  close(): void {
    this.#closed = true;
    native.socketClose(this.#socket);
  }
}
