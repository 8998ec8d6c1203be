import {
  ClosedError,
  MessageTooLongError,
  type SyncWaitOptions,
  TimeoutError,
  type WaitOptions,
} from '@mp/core';
import { deadlineOf, deadlineOfSync, dueTurn, LOOK, type Reason, UNINVITED } from '@mp/core/internal';
import type { Reading, Taken } from './reading.ts';
import { END, type Transport } from './transport.ts';

/** Stands for a message that is longer than wanted. */
class TooLong {
  constructor(readonly error: MessageTooLongError) {}
}

/**
 * The receiving side of a connection: messages in the order of the calls. A message is taken in turn; what it becomes
 * is made when its call has left the line, as reading a value may run code of the user that receives something too.
 */
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
    const deadline = deadlineOf(options, reading.options);
    const taken = this.#now(reading, UNINVITED);
    if (taken === undefined) return this.#later(reading, deadline, options);
    return answered(this.#read(reading, taken));
  }

  /** Like {@link Inbound.receive}, without options; `fail` answers instead of an error of a wait, or throws it. */
  receiveOr<T, E>(reading: Reading<T>, fail: (error: unknown) => E): Promise<T | E> {
    const taken = this.#now(reading, UNINVITED);
    if (taken === undefined) return this.#later(reading, Infinity, undefined).then(undefined, fail);
    return answered(this.#read(reading, taken));
  }

  receiveSync<T>(reading: Reading<T>, options: SyncWaitOptions | undefined): T {
    const deadline = deadlineOfSync(options, reading.options);
    const taken = this.#now(reading, UNINVITED);
    if (taken !== undefined) return this.#read(reading, taken);
    const attempt = (reason: Reason) => this.#take(reading, reason);
    const finish = (got: Taken | TooLong | undefined) => this.#read(reading, got, options);
    return this.#transport.receiveLine.waitSync(attempt, deadline, finish, reading.short);
  }

  tryReceive<T>(reading: Reading<T>): T | undefined {
    const taken = this.#now(reading, LOOK);
    return taken === undefined ? undefined : this.#read(reading, taken);
  }

  /** Whether there is something to receive, be it the end. */
  poll(options: WaitOptions): Promise<boolean> {
    const deadline = deadlineOf(options);
    const isReady = this.#isReady();
    if (isReady || deadline === -Infinity) return answered(isReady);
    const waiting = this.#transport.receiveLine.wait(this.#poll, deadline, options.signal);
    return waiting.then((found) => found ?? false);
  }

  pollSync(options: SyncWaitOptions): boolean {
    const deadline = deadlineOfSync(options);
    return this.#isReady() || (this.#transport.receiveLine.waitSync(this.#poll, deadline) ?? false);
  }

  failAll(error: Error): void {
    this.#transport.receiveLine.failAll(error);
  }

  readonly #poll = (): true | undefined => this.#transport.isReady() || undefined;

  /** What is there may belong to a call that waits already. */
  #isReady(): boolean {
    return this.isIdle && this.#transport.isReady();
  }

  #now(reading: Reading<unknown>, reason: Reason): Taken | TooLong | undefined {
    return this.isIdle ? this.#take(reading, reason) : undefined;
  }

  #later<T>(reading: Reading<T>, deadline: number, options: WaitOptions | undefined): Promise<T> {
    const attempt = (reason: Reason) => this.#take(reading, reason);
    const finish = (got: Taken | TooLong | undefined) => this.#read(reading, got, options);
    return this.#transport.receiveLine.wait(attempt, deadline, options?.signal, finish, reading.short);
  }

  #take(reading: Reading<unknown>, reason: Reason): Taken | TooLong | undefined {
    const transport = this.#transport;
    try {
      const message = transport.peek(reason, reading.most);
      if (message === undefined) return undefined;
      if (message !== END) return reading.take(message, transport);
    } catch (error) {
      if (error instanceof MessageTooLongError) return new TooLong(error);
      throw error;
    }
    throw new ClosedError(
      `Cannot receive: the other end of the Connection ${transport.farEnd}, and all that it sent was received`,
    );
  }

  /** @param options of a call that waited: without a message its time was over */
  #read<T>(reading: Reading<T>, taken: Taken | TooLong | undefined, options?: SyncWaitOptions): T {
    if (taken === undefined) throw nothing(options);
    if (!(taken instanceof TooLong)) return reading.read(taken, this.#transport);
    this.#onTooLong();
    throw taken.error;
  }
}

/** What is there at once costs one promise. */
function answered<T>(value: T): Promise<T> {
  return dueTurn()?.then(() => value) ?? Promise.resolve(value);
}

function nothing(options: SyncWaitOptions | undefined): TimeoutError {
  return new TimeoutError(`Cannot receive within ${options?.timeout} ms: no message came`);
}
