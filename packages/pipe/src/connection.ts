import { ClosedError, type SyncWaitOptions, type WaitOptions } from '@mp/core';
import {
  checkOptions,
  deadlineOf,
  deadlineOfSync,
  HANDLE,
  type HandleRecord,
  type Move,
  REFUSE,
  type Readiness,
  WAITABLE,
} from '@mp/core/internal';
import { encodeParts } from '@mp/serde/internal';
import type { ByteSource } from './bytes.ts';
import { REASONS, type State } from './connection-state.ts';
import { Inbound } from './inbound.ts';
import { Outbound } from './outbound.ts';
import { messageOf, type OutgoingMessage } from './outgoing-message.ts';
import {
  bytesInto,
  bytesUpTo,
  type Reading,
  type ReadWithin,
  type RecvBytesOptions,
  type SyncRecvBytesOptions,
  VALUE,
  valuesUpTo,
} from './reading.ts';
import type { Transport } from './transport.ts';
import { UntilEnd } from './until-end.ts';

/** What carries a connection, for other packages that build on one. */
export let transportOf: (connection: Connection) => Transport;

/**
 * Sets the largest value, in bytes as it travels, that a connection receives, and what runs the reading of each. A longer one
 * ends the receiving.
 */
export let limitValues: (connection: Connection, most: number, within: ReadWithin) => void;

/** Closes a connection that the program has lost, as Python does. It may take long: until memory is short. */
const forgotten = new FinalizationRegistry<Transport>((transport) => transport.close());

/**
 * One end of a pipe, or of a socket: whole messages, in order, to and from the other end.
 *
 * It is `Connection` of Python's `multiprocessing` with these differences: a value that cannot be sent is refused at
 * the call; a pipe holds 1 MiB before {@link Connection.send} waits (Python's: 64 KiB); passing a connection on, in a
 * message or as an argument, closes it here, so that the end of file never depends on a forgotten `close()`; there is
 * no `fileno()`.
 *
 * Every method comes in three forms: one waits in the event loop, one (`…Sync`) blocks the thread, one (`try…`) never
 * waits. Calls of one direction are served in the order in which they were made, whichever form they have. A thread that
 * blocks to receive goes on to send what waits to be sent there; whatever else waits in its event loop, like a send at
 * another connection, waits until that turns again. Only the thread that has a connection can use it.
 *
 * @typeParam T what the messages are
 * @example
 * ```js
 * import { pipe } from '@mp/pipe';
 *
 * const [left, right] = pipe();
 * await left.send({ question: 6 * 7 });
 * console.log(await right.recv()); // { question: 42 }
 * left.close();
 * console.log(await right.poll()); // true: the end of file is there to be received
 * right.close();
 * ```
 */
export class Connection<T = unknown> {
  readonly #transport: Transport;
  readonly #out: Outbound;
  readonly #in: Inbound;
  #value: Reading<T> = VALUE as Reading<T>;
  #state: State = 'open';
  #readable: boolean;

  static {
    transportOf = (connection) => connection.#transport;
    limitValues = (connection, most, within) => {
      connection.#value = valuesUpTo(most, within);
    };
  }

  /** @internal */
  constructor(transport: Transport) {
    if (typeof transport?.peek !== 'function') {
      throw new TypeError('Connections are made by pipe(), connect() and Listener.accept()');
    }
    this.#transport = transport;
    this.#out = new Outbound(transport, () => {
      if (this.#state !== 'open') throw this.#closedError();
    });
    this.#in = new Inbound(transport, () => this.#stopReceiving());
    this.#readable = transport.readable;
    forgotten.register(this, transport, this);
  }

  /** Whether messages can be received: not at the writing end of a simplex pipe, nor after one was too long. */
  get readable(): boolean {
    return this.#readable;
  }

  /** Whether messages can be sent: not at the reading end of a simplex pipe. */
  get writable(): boolean {
    return this.#transport.writable;
  }

  /** Whether it was closed here, or sent to another thread or process. */
  get closed(): boolean {
    return this.#state !== 'open';
  }

  /**
   * Sends a value. The promise resolves when the other end can receive it: at once, unless 1 MiB waits there already.
   * Calls keep their order, awaited or not, and the value may be changed after the call.
   *
   * @param value anything but `undefined`, which means "nothing" in {@link Connection.tryRecv}; send `null`
   * @param options `timeout` in ms and `signal`, for when the other end is slow
   * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be sent; nothing was
   * @throws ClosedError `ERR_MP_CLOSED` when the other end is closed or its thread has died (Python raises
   * `BrokenPipeError`), or this one was closed
   * @throws TimeoutError `ERR_MP_TIMEOUT` when there was no space in time
   * @throws MpError `ERR_MP_NO_SPACE` when the segment directory is full
   * @throws TypeError when it is read-only
   */
  send(value: T, options?: WaitOptions): Promise<void> {
    try {
      this.#assertWritable();
      const deadline = deadlineOf(options);
      return this.#out.send(this.#message(value), deadline, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Like {@link Connection.send} but blocks the thread. */
  sendSync(value: T, options?: SyncWaitOptions): void {
    this.#assertWritable();
    const deadline = deadlineOfSync(options);
    this.#out.sendSync(this.#message(value), deadline, options);
  }

  /**
   * Sends a value if there is space for it. Never waits.
   *
   * @returns whether it was sent
   */
  trySend(value: T): boolean {
    this.#assertWritable();
    return this.#out.trySend(this.#message(value));
  }

  /**
   * Sends bytes as they are, for {@link Connection.recvBytes} over there.
   *
   * @param bytes a typed array, Buffer or ArrayBuffer; zero bytes are a message too
   * @param offset where to begin, in bytes. Default: 0
   * @param size how many bytes. Default: to the end
   * @throws RangeError when `offset` and `size` are not a part of it; else what {@link Connection.send} throws
   */
  sendBytes(bytes: ByteSource, offset = 0, size?: number, options?: WaitOptions): Promise<void> {
    try {
      this.#assertWritable();
      const deadline = deadlineOf(options);
      return this.#out.send(messageOf(bytes, offset, size), deadline, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Like {@link Connection.sendBytes} but blocks the thread. */
  sendBytesSync(bytes: ByteSource, offset = 0, size?: number, options?: SyncWaitOptions): void {
    this.#assertWritable();
    const deadline = deadlineOfSync(options);
    this.#out.sendSync(messageOf(bytes, offset, size), deadline, options);
  }

  /**
   * Sends bytes if there is space for them. Never waits.
   *
   * @returns whether they were sent
   */
  trySendBytes(bytes: ByteSource, offset = 0, size?: number): boolean {
    this.#assertWritable();
    return this.#out.trySend(messageOf(bytes, offset, size));
  }

  /**
   * Receives the next value, or waits for one.
   *
   * @throws TimeoutError `ERR_MP_TIMEOUT` when none came in time
   * @throws ClosedError `ERR_MP_CLOSED` at the end of file: the other end is closed, or its thread has died, and all
   * that it sent was received (Python raises `EOFError`); and when this end was closed
   * @throws SerializationError `ERR_MP_SERIALIZATION` when the message is no value; it is gone, the next one is not
   * @throws TypeError when it is write-only
   */
  recv(options?: WaitOptions): Promise<T> {
    try {
      this.#assertReadable();
      return this.#in.receive(this.#value, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Like {@link Connection.recv} but blocks the thread. */
  recvSync(options?: SyncWaitOptions): T {
    this.#assertReadable();
    return this.#in.receiveSync(this.#value, options);
  }

  /**
   * Receives the next value if there is one. Never waits.
   *
   * @returns the value, or `undefined` when there is none now
   * @throws ClosedError `ERR_MP_CLOSED` at the end of file, and when it was closed
   */
  tryRecv(): T | undefined {
    this.#assertReadable();
    return this.#in.tryReceive(this.#value);
  }

  /**
   * Receives the bytes of the next message: of {@link Connection.sendBytes}, or of a value as it travels.
   *
   * @param options `maxLength` in bytes, `timeout` in ms, `signal`
   * @returns memory of its own
   * @throws MessageTooLongError `ERR_MP_MESSAGE_TOO_LONG` when it is longer than `maxLength`. Nothing can be received
   * after that: a simplex connection is closed, as in Python; else what {@link Connection.recv} throws
   */
  recvBytes(options?: RecvBytesOptions): Promise<Buffer> {
    return this.#recvBy(() => bytesUpTo(options?.maxLength), options);
  }

  /** Like {@link Connection.recvBytes} but blocks the thread. */
  recvBytesSync(options?: SyncRecvBytesOptions): Buffer {
    this.#assertReadable();
    return this.#in.receiveSync(bytesUpTo(options?.maxLength), options);
  }

  /**
   * Receives the bytes of the next message if there is one. Never waits.
   *
   * @returns the bytes, or `undefined` when there is no message now
   */
  tryRecvBytes(options?: Pick<RecvBytesOptions, 'maxLength'>): Buffer | undefined {
    this.#assertReadable();
    if (options !== undefined) checkOptions(options, 'tryRecvBytes()', ['maxLength']);
    return this.#in.tryReceive(bytesUpTo(options?.maxLength));
  }

  /**
   * Receives the bytes of the next message into memory that is there.
   *
   * @param buffer a typed array, Buffer or ArrayBuffer
   * @param offset where in it to begin, in bytes. Default: 0
   * @returns how many bytes were written
   * @throws MessageTooLongError `ERR_MP_MESSAGE_TOO_LONG` when it does not fit; the whole message is its `bytes`
   * (Python raises `BufferTooShort`); else what {@link Connection.recv} throws
   * @throws RangeError when `offset` is not inside `buffer`
   */
  recvBytesInto(buffer: ByteSource, offset = 0, options?: WaitOptions): Promise<number> {
    return this.#recvBy(() => bytesInto(buffer, offset), options);
  }

  /** Like {@link Connection.recvBytesInto} but blocks the thread. */
  recvBytesIntoSync(buffer: ByteSource, offset = 0, options?: SyncWaitOptions): number {
    this.#assertReadable();
    return this.#in.receiveSync(bytesInto(buffer, offset), options);
  }

  /**
   * Whether there is something to receive: a message, or the end of file. It takes nothing.
   *
   * @param options `timeout` in ms and `signal` to wait for it. Without options it answers at once, as Python's; an
   * object without `timeout` waits without limit (Python's `poll(None)`)
   * @returns `false` when there was nothing in time
   */
  async poll(options: WaitOptions = { timeout: 0 }): Promise<boolean> {
    this.#assertReadable();
    return this.#in.poll(options);
  }

  /** Like {@link Connection.poll} but blocks the thread. */
  pollSync(options: SyncWaitOptions = { timeout: 0 }): boolean {
    this.#assertReadable();
    return this.#in.pollSync(options);
  }

  /**
   * Receives values until the end of file. Leaving the loop leaves the connection open. A message that is no value is an
   * error of one `next()`: the next call goes on behind it.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined> {
    return new UntilEnd<T>(
      this.#value,
      (reading, fail) => {
        this.#assertReadable();
        return this.#in.receiveOr(reading, fail);
      },
      () => this.closed,
    );
  }

  /**
   * Closes this end: pending calls reject, and the other end gets what was sent, then the end of file. Safe to call
   * again, and after it was sent to another thread.
   */
  close(): void {
    if (this.#state === 'moving') this.#state = 'leaving';
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    forgotten.unregister(this);
    // To make an error takes longer than to close.
    if (!this.#out.isIdle) this.#out.failAll(this.#closedError());
    if (!this.#in.isIdle) this.#in.failAll(this.#closedError());
    this.#transport.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** @internal Why it cannot travel. */
  get [REFUSE](): string | undefined {
    if (this.#state !== 'open') return undefined;
    const handle = this.#transport.handle();
    if (typeof handle === 'string') return handle;
    return this.#out.isIdle && this.#in.isIdle
      ? undefined
      : 'calls wait on this Connection. Let them end before it is sent';
  }

  /** @internal It is moved: once its message is sent, this thread has it no more. */
  [HANDLE](): HandleRecord {
    this.#assertOpen();
    const record = this.#transport.handle() as HandleRecord;
    return record.move === undefined ? record : { ...record, move: this.#following(record.move) };
  }

  /** @internal Ready when a `recv` would not wait. */
  [WAITABLE](): Readiness {
    this.#assertReadable();
    return this.#transport;
  }

  /** @internal Waits at both ends that ended by the periodic look instead of a wake: 0 unless a process was killed. */
  get rescued(): number {
    return this.#transport.rescued;
  }

  #following(move: Move): Move {
    return {
      begin: (pin) => {
        this.#state = 'moving';
        move.begin(pin);
      },
      sent: () => {
        this.#state = 'moved';
        forgotten.unregister(this);
        move.sent();
      },
      undo: () => {
        const leaving = this.#state === 'leaving';
        move.undo();
        this.#state = 'open';
        if (leaving) this.close();
      },
    };
  }

  #message(value: T): OutgoingMessage {
    return encodeParts(value, this.#transport.carrier, 'message');
  }

  /** @param make throws when the call's parameters are bad */
  #recvBy<R>(make: () => Reading<R>, options: WaitOptions | undefined): Promise<R> {
    try {
      this.#assertReadable();
      return this.#in.receive(make(), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #stopReceiving(): void {
    this.#readable = false;
    if (this.writable) {
      this.#in.failAll(this.#unreadableError());
      this.#transport.stopReceiving();
    } else this.close();
  }

  #assertOpen(): void {
    if (this.#state !== 'open') throw this.#closedError();
  }

  #assertWritable(): void {
    if (this.#state !== 'open') throw this.#closedError();
    if (!this.#transport.writable) throw new TypeError('Cannot send: this Connection is read-only');
  }

  #assertReadable(): void {
    if (this.#state !== 'open') throw this.#closedError();
    if (!this.#readable) throw this.#unreadableError();
  }

  #unreadableError(): TypeError {
    return new TypeError(
      this.#transport.readable
        ? 'Cannot receive: a message was longer than maxLength, since then this Connection is write-only'
        : 'Cannot receive: this Connection is write-only',
    );
  }

  #closedError(): ClosedError {
    return new ClosedError(`Cannot use the Connection: ${REASONS[this.#state as keyof typeof REASONS]}`);
  }
}
