import type { Carrier, Reason, WaitLine } from '@mp/core/internal';

/** What {@link Transport.receive} answers when the other end is gone and everything it sent was received. */
export const END = Symbol('end of file');

/** A message that is to be sent: the first `length` bytes of `buffer`, then `tail`. */
export interface Outgoing {
  readonly buffer: Uint8Array;
  readonly length: number;
  readonly tail: Uint8Array | undefined;
}

/** The part of a {@link WaitLine} that a connection needs: where calls wait for their turn. */
export type Line = Pick<WaitLine, 'isEmpty' | 'wait' | 'waitSync' | 'failAll'>;

/**
 * One end of a line of messages, whatever carries them: shared memory or a socket. It moves whole messages of bytes and
 * knows nothing of what they mean. Steps never wait; who must wait stands in one of the two lines.
 */
export interface Transport {
  /** Holds on to the handles in messages; not `local` over a network. */
  readonly carrier: Carrier;
  readonly readable: boolean;
  readonly writable: boolean;
  /** Where calls wait that have something to send … */
  readonly sendLine: Line;
  /** … and that want to receive something. */
  readonly receiveLine: Line;

  /**
   * Takes a message for sending, whole.
   *
   * @returns `undefined` = no space now
   * @throws ClosedError when nobody will receive it
   */
  send(message: Outgoing, reason: Reason): true | undefined;

  /**
   * The next message, in memory of its own; {@link END}; `undefined` = none now.
   *
   * @param most largest length that is wanted, in bytes
   * @throws MessageTooLongError when the next one is longer; nothing can be received after that
   */
  receive(reason: Reason, most: number): Uint8Array | typeof END | undefined;

  /** Whether {@link receive} would answer something. */
  readonly isReady: boolean;

  /** Lets go in this thread; the other end receives what was sent, then the end of file. */
  close(): void;
}
