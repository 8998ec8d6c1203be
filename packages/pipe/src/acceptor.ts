import type { Server } from 'node:net';
import { ListeningSocket, type StreamSocket } from '@mp/core/internal';
import { descriptorOf } from './descriptor.ts';

/** Connections that one turn of the event loop accepts; those that were accepted before get their turn in between. */
const TURN_MOST = 64;

/** How soon an acceptor tries again when the process had no descriptor left. Nothing tells it when there is one. */
const TRY_AGAIN_MS = 50;

/** What an acceptor works for. */
export interface AcceptorOwner {
  /** Whether there is room for one more connection. */
  hasRoom(): boolean;
  take(socket: StreamSocket): void;
}

/**
 * Accepts the connections of a server while its owner has room for them. All others stay in the queue of the kernel,
 * where they cost no descriptor and no memory of this process, and are accepted later in the order they came.
 */
export class Acceptor {
  readonly #socket: ListeningSocket;
  readonly #owner: AcceptorOwner;
  #retry: NodeJS.Timeout | undefined;

  /** @param server listens, and has accepted nothing yet. It keeps its name and its place in the event loop */
  constructor(server: Server, owner: AcceptorOwner) {
    this.#socket = new ListeningSocket(descriptorOf(server) as number, () => this.#accept());
    this.#owner = owner;
    this.update();
  }

  /** Whether the process had no descriptor for the connection that waits. */
  get lacksDescriptors(): boolean {
    return this.#retry !== undefined;
  }

  /** Whether a connection waits in the queue of the kernel. */
  get hasWaiting(): boolean {
    return this.#socket.hasWaiting;
  }

  /** Its owner may have room now, or none any more. */
  update(): void {
    this.#socket.watch(this.#retry === undefined && this.#owner.hasRoom());
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#socket.close();
  }

  #accept(): void {
    for (let left = TURN_MOST; left > 0 && this.#owner.hasRoom(); left--) {
      let socket: StreamSocket | undefined;
      try {
        socket = this.#socket.accept();
      } catch {
        // EMFILE and the like. Closing the connection instead, as Node does, would refuse an honest client.
        this.#tryAgainLater();
        break;
      }
      if (socket === undefined) break;
      this.#owner.take(socket);
    }
    this.update();
  }

  #tryAgainLater(): void {
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#accept();
    }, TRY_AGAIN_MS).unref();
  }
}
