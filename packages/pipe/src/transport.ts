import type { Carrier, HandleRecord, Readiness, Reason, WaitLine } from '@mp/core/internal';

/** What {@link Transport.peek} answers when the other end is gone and everything it sent was received. */
export const END = Symbol('end of file');

/** A message that is to be sent: the first `length` bytes of `buffer`, then `more`. */
export interface Outgoing {
  readonly buffer: Uint8Array;
  readonly length: number;
  readonly more: readonly Uint8Array[];
  /** Whether it has objects without keys, which only this line's own ends can read. */
  readonly isShaped?: boolean | undefined;
}

/** A message that came: the bytes of `source` from `start` to `end`. */
export interface Incoming {
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;
  /** Whether the memory is the receiver's. Else it is valid until {@link Transport.take}. */
  readonly own?: boolean;
  /** What a pipe notes of it. */
  readonly flags?: number | undefined;
}

/** The part of a {@link WaitLine} that a connection needs: where calls wait for their turn. */
export type Line = Pick<WaitLine, 'isEmpty' | 'wait' | 'waitSync' | 'failAll'>;

/**
 * One end of a line of messages, whatever carries them: shared memory or a socket. It moves whole messages of bytes and
 * knows nothing of what they mean. Steps never wait; calls that have to wait stand in one of the two lines. It is ready,
 * for `wait()`, when {@link peek} would answer something.
 */
export interface Transport extends Readiness {
  /** Holds on to the handles in messages; not `local` over a network. */
  readonly carrier: Carrier;
  readonly readable: boolean;
  readonly writable: boolean;
  /** Where calls wait that have something to send … */
  readonly sendLine: Line;
  /** … and that want to receive something. */
  readonly receiveLine: Line;
  /** What became of the other end, for messages: `'is closed'`, once it is gone. */
  readonly farEnd: string;
  /** Waits that ended by a periodic look instead of a wake: 0 unless a process was killed. */
  readonly rescued: number;

  /** Whether calls that wait in the two lines keep the event loop alive. True unless it is set otherwise. */
  keepsAlive: boolean;

  /**
   * Takes a message for sending, whole.
   *
   * @param reason `LOOK` is for a call that only tries. A call that may wait begins with `UNINVITED` and, when that was
   * in vain, goes on in {@link sendLine} at once with the same message, or a copy of it: a socket may have taken its
   * beginning
   * @returns `undefined` = no space now
   * @throws ClosedError when the other end is gone
   */
  send(message: Outgoing, reason: Reason): true | undefined;

  /**
   * The next message, which stays until {@link take}; {@link END}; `undefined` = none now.
   *
   * @param most largest length that is wanted, in bytes
   * @throws MessageTooLongError when the next one is longer
   */
  peek(reason: Reason, most: number): Incoming | typeof END | undefined;

  /** The message that {@link peek} showed was copied, or is kept. */
  take(message: Incoming): void;

  /** Nothing will be received any more: what still comes may be thrown away. */
  stopReceiving(): void;

  /** How this end travels to another thread, or why it cannot. */
  handle(): HandleRecord | string;

  /** Lets go in this thread; the other end receives what was sent, then the end of file. Safe to call again. */
  close(): void;

  /** Like {@link close}, and gives up what was sent and has yet to leave. */
  drop(): void;
}
