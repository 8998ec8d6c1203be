import {
  ClosedError,
  MessageTooLongError,
  type SyncWaitOptions,
  TimeoutError,
  type WaitOptions,
} from '@mp/core';
import { deadlineOf, dueTurn, LOOK, type Reason, UNINVITED } from '@mp/core/internal';
import type { Reading } from './reading.ts';
import { END, type Transport } from './transport.ts';

/** What was received. */
interface Taken<T> {
  readonly value: T;
}

/** The receiving side of a connection: messages in the order of the calls. */
export class Inbound {
  readonly #transport: Transport;
  readonly #onTooLong: () => void;

  /** @param onTooLong is told when a message was longer than wanted: nothing more can be received */
  constructor(transport: Transport, onTooLong: () => void) {
    this.#transport = transport;
    this.#onTooLong = onTooLong;
  }

  get isIdle(): boolean {
    return this.#transport.receiveLine.isEmpty;
  }

  receive<T>(reading: Reading<T>, options: WaitOptions | undefined): Promise<T> {
    const deadline = deadlineOf(options);
    const taken = this.#now(reading, UNINVITED);
    if (taken === undefined) return this.#later(reading, deadline, options);
    return dueTurn()?.then(() => taken.value) ?? Promise.resolve(taken.value);
  }

  receiveSync<T>(reading: Reading<T>, options: SyncWaitOptions | undefined): T {
    const deadline = deadlineOf(options);
    const taken =
      this.#now(reading, UNINVITED) ??
      this.#transport.receiveLine.waitSync((reason) => this.#step(reading, reason), deadline);
    if (taken === undefined) throw nothing(options);
    return taken.value;
  }

  tryReceive<T>(reading: Reading<T>): T | undefined {
    return this.#now(reading, LOOK)?.value;
  }

  /** Whether there is something to receive, be it the end. */
  poll(options: WaitOptions): Promise<boolean> {
    const deadline = deadlineOf(options);
    const isReady = this.#isReady();
    if (isReady || deadline === -Infinity) return dueTurn()?.then(() => isReady) ?? Promise.resolve(isReady);
    const waiting = this.#transport.receiveLine.wait(this.#poll, deadline, options.signal);
    return waiting.then((found) => found ?? false);
  }

  pollSync(options: SyncWaitOptions): boolean {
    const deadline = deadlineOf(options);
    return this.#isReady() || (this.#transport.receiveLine.waitSync(this.#poll, deadline) ?? false);
  }

  failAll(error: ClosedError): void {
    this.#transport.receiveLine.failAll(error);
  }

  readonly #poll = (): true | undefined => this.#transport.isReady() || undefined;

  /** What is there may belong to a call that waits already. */
  #isReady(): boolean {
    return this.isIdle && this.#transport.isReady();
  }

  #now<T>(reading: Reading<T>, reason: Reason): Taken<T> | undefined {
    return this.isIdle ? this.#step(reading, reason) : undefined;
  }

  async #later<T>(reading: Reading<T>, deadline: number, options: WaitOptions | undefined): Promise<T> {
    const attempt = (reason: Reason) => this.#step(reading, reason);
    const taken = await this.#transport.receiveLine.wait(attempt, deadline, options?.signal);
    if (taken === undefined) throw nothing(options);
    return taken.value;
  }

  #step<T>(reading: Reading<T>, reason: Reason): Taken<T> | undefined {
    const transport = this.#transport;
    const message = this.#peek(reading.most, reason);
    if (message === undefined) return undefined;
    if (message !== END) return { value: reading.read(message, transport) };
    throw new ClosedError(
      `Cannot receive: the other end of the Connection ${transport.farEnd}, and all that it sent was received`,
    );
  }

  #peek(most: number, reason: Reason) {
    try {
      return this.#transport.peek(reason, most);
    } catch (error) {
      if (error instanceof MessageTooLongError) this.#onTooLong();
      throw error;
    }
  }
}

function nothing(options: SyncWaitOptions | undefined): TimeoutError {
  return new TimeoutError(`Cannot receive within ${options?.timeout} ms: no message came`);
}
