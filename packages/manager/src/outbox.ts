import type { Pins } from '@mp/core/internal';
import type { Connection } from '@mp/pipe/internal';
import type { PendingCall } from './reference.ts';

/** What an {@link Outbox} asks and tells its client. */
export interface OutboxOwner {
  /** Messages of the server that were read. */
  readonly readMessages: number;
  /** The connection has failed. */
  lost(error: unknown): void;
}

/** The operations of a client on their way to the server. Those of one turn of the event loop leave as one message. */
export class Outbox {
  readonly #owner: OutboxOwner;
  #connection: Connection<unknown> | undefined;
  /** The next message: at first place, when it leaves, how many messages were read; then the operations. */
  #message: unknown[] = [0];
  /** The calls in it. */
  #calls: PendingCall[] = [];
  /** What messages hold on to, by the numbers of their calls. */
  readonly #pins = new Map<number, Pins>();
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
  pushCall(call: PendingCall, operation: readonly unknown[], pins: Pins | undefined): void {
    this.#message.push(operation);
    this.#calls.push(call);
    if (pins !== undefined && pins.count > 0) this.#pins.set(call.id, pins);
  }

  push(operation: readonly unknown[]): void {
    this.#message.push(operation);
  }

  /** A call is given up that has not left: it never will. */
  remove(call: PendingCall): void {
    this.#calls = this.#calls.filter((each) => each !== call);
    this.#message = this.#message.filter((each) => !Array.isArray(each) || each[0] !== call.id);
    this.#pins.get(call.id)?.drop();
    this.#pins.delete(call.id);
  }

  /** Sends when all that runs now has run: calls that are made until then go along. */
  flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    process.nextTick(this.#flushDue);
  }

  readonly #flushDue = (): void => {
    this.#isFlushDue = false;
    this.flush();
  };

  /** @param isDue whether a message without operations is sent, too: it says what was read */
  flush(isDue = false): void {
    const connection = this.#connection;
    if (connection === undefined || this.#blocked !== undefined) return;
    if (this.#message.length === 1 && !isDue) return;
    const message = this.#message;
    const calls = this.#calls;
    const pins = this.#pins.size === 0 ? NO_PINS : [...this.#pins.values()];
    this.#saidRead = this.#owner.readMessages;
    message[0] = this.#saidRead;
    this.#message = [0];
    this.#calls = [];
    this.#pins.clear();
    for (const call of calls) call.left();
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
    this.#message = [0];
    this.#calls = [];
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

const NO_PINS: readonly Pins[] = [];
