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
  /** Calls by their numbers, and others by numbers below zero. */
  #operations = new Map<number, readonly unknown[]>();
  #lastOther = 0;
  /** What messages hold on to, by the numbers of their calls. */
  #pins = new Map<number, Pins>();
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

  /** @param pins what the arguments of a call hold on to */
  pushCall(id: number, operation: readonly unknown[], pins: Pins | undefined): void {
    this.#operations.set(id, operation);
    if (pins !== undefined && pins.count > 0) this.#pins.set(id, pins);
  }

  push(operation: readonly unknown[]): void {
    this.#operations.set(--this.#lastOther, operation);
  }

  /** A call is given up that has not left: it never will. */
  remove(id: number): void {
    this.#operations.delete(id);
    this.#pins.get(id)?.drop();
    this.#pins.delete(id);
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
    if (this.#operations.size === 0 && !isDue) return;
    this.#saidRead = this.#owner.readMessages;
    const message = [this.#saidRead, ...this.#operations.values()];
    const pins = [...this.#pins.values()];
    for (const id of this.#operations.keys()) this.#owner.leaving(id);
    this.#operations.clear();
    this.#pins.clear();
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
    for (const pins of this.#pins.values()) pins.drop();
    this.#pins.clear();
    this.#operations.clear();
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
