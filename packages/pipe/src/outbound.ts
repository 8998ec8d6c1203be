import { type ClosedError, type SyncWaitOptions, TimeoutError, type WaitOptions } from '@mp/core';
import { dueTurn, LOOK, type Reason, UNINVITED } from '@mp/core/internal';
import { kept, type OutgoingMessage } from './outgoing-message.ts';
import type { Transport } from './transport.ts';

const DONE = Promise.resolve();

/** The sending side of a connection: messages in the order of the calls. */
export class Outbound {
  readonly #transport: Transport;
  readonly #assertOpen: () => void;

  /**
   * @param assertOpen throws when the connection is not to be used any more. A call that waits here refers to the
   * connection by it: else the connection could be collected, and closed, before the call ends
   */
  constructor(transport: Transport, assertOpen: () => void) {
    this.#transport = transport;
    this.#assertOpen = assertOpen;
  }

  get isIdle(): boolean {
    return this.#transport.sendLine.isEmpty;
  }

  /** @param deadline of the options, which were looked at before the message was made */
  send(message: OutgoingMessage, deadline: number, options: WaitOptions | undefined): Promise<void> {
    return this.#now(message, UNINVITED)
      ? (dueTurn() ?? DONE)
      : this.#later(kept(message), deadline, options);
  }

  sendSync(message: OutgoingMessage, deadline: number, options: SyncWaitOptions | undefined): void {
    if (this.#now(message, UNINVITED)) return;
    let done: true | undefined;
    try {
      // Nothing else is encoded while this thread waits: the message may stay where it is.
      const attempt = (reason: Reason) => this.#transport.send(message, reason);
      done = this.#transport.sendLine.waitSync(attempt, deadline);
    } catch (error) {
      message.pins.drop();
      throw error;
    }
    this.#end(message, done, options);
  }

  /** @returns whether there was space */
  trySend(message: OutgoingMessage): boolean {
    const done = this.#now(message, LOOK);
    if (!done) message.pins.drop();
    return done;
  }

  failAll(error: ClosedError): void {
    this.#transport.sendLine.failAll(error);
  }

  #now(message: OutgoingMessage, reason: Reason): boolean {
    try {
      // Making the message may have run code of the user that closed the connection or sent it away.
      this.#assertOpen();
      if (!this.#transport.sendLine.isEmpty) return false;
      if (this.#transport.send(message, reason) === undefined) return false;
    } catch (error) {
      message.pins.drop();
      throw error;
    }
    message.pins.sent();
    return true;
  }

  async #later(message: OutgoingMessage, deadline: number, options: WaitOptions | undefined): Promise<void> {
    let done: true | undefined;
    try {
      const attempt = (reason: Reason) => this.#transport.send(message, reason);
      done = await this.#transport.sendLine.wait(attempt, deadline, options?.signal);
    } catch (error) {
      message.pins.drop();
      throw error;
    }
    this.#end(message, done, options);
  }

  #end({ pins }: OutgoingMessage, done: true | undefined, options: SyncWaitOptions | undefined): void {
    if (done) {
      pins.sent();
      return;
    }
    pins.drop();
    throw new TimeoutError(
      `Cannot send within ${options?.timeout} ms: the other end does not receive what was sent before`,
    );
  }
}
