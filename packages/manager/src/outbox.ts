import type { Pins } from '@mp/core/internal';
import type { Connection } from '@mp/pipe/internal';

/** What an {@link Outbox} asks and tells its client. */
export interface OutboxOwner {
  /** Messages of the server that were read. */
  readonly readMessages: number;
  /** An operation of this number leaves. */
  leaving(id: number): void;
  /** The connection has failed. */
  lost(error: unknown): void;
}

/** The operations of a client on their way to the server. Those of one turn of the event loop leave as one message. */
export class Outbox {
  readonly #owner: OutboxOwner;
  #connection: Connection<unknown> | undefined;
  #operations: unknown[] = [];
  #pins: Pins[] = [];
  #isFlushDue = false;
  /** Of the messages that were read, how many the server was told of. */
  #saidRead = 0;
  #blocked: Promise<void> | undefined;

  constructor(owner: OutboxOwner) {
    this.#owner = owner;
  }

  /** There is a connection: what waited is sent. */
  open(connection: Connection<unknown>): void {
    this.#connection = connection;
    this.flush();
  }

  push(operation: readonly unknown[]): void {
    this.#operations.push(operation);
  }

  /** What the next message holds on to. */
  hold(pins: Pins): void {
    if (pins.count > 0) this.#pins.push(pins);
  }

  /** Sends when all that runs now has run: calls that are made until then go along. */
  flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    process.nextTick(() => {
      this.#isFlushDue = false;
      this.flush();
    });
  }

  /** @param isDue whether a message without operations is sent, too: it says what was read */
  flush(isDue = false): void {
    const connection = this.#connection;
    if (connection === undefined || this.#blocked !== undefined) return;
    if (this.#operations.length === 0 && !isDue) return;
    this.#saidRead = this.#owner.readMessages;
    const message = [this.#saidRead, ...this.#operations];
    const pins = this.#pins;
    for (const operation of this.#operations) this.#owner.leaving((operation as number[])[0]);
    this.#operations = [];
    this.#pins = [];
    try {
      if (connection.trySend(message)) {
        for (const each of pins) each.sent();
        return;
      }
    } catch (error) {
      for (const each of pins) each.drop();
      this.#owner.lost(error);
      return;
    }
    this.#blocked = this.#sendLater(connection, message, pins);
  }

  /** Tells the server what was read, if it does not know. */
  confirm(): void {
    if (this.#saidRead < this.#owner.readMessages) this.flush(true);
  }

  /** The connection has ended. */
  close(): void {
    for (const pins of this.#pins.splice(0)) pins.drop();
    this.#operations = [];
    this.#connection = undefined;
  }

  async #sendLater(
    connection: Connection<unknown>,
    message: unknown[],
    pins: readonly Pins[],
  ): Promise<void> {
    try {
      await connection.send(message);
    } catch (error) {
      for (const each of pins) each.drop();
      this.#blocked = undefined;
      this.#owner.lost(error);
      return;
    }
    for (const each of pins) each.sent();
    this.#blocked = undefined;
    // What was read meanwhile may have been confirmed in vain.
    this.flush(this.#saidRead < this.#owner.readMessages);
  }
}
