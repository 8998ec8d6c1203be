import { MpError } from '@mp/core';
import { isHeld, type SegmentViews, thisAgent } from '@mp/core/internal';

/*
 * One end of a pipe, and its owner.
 *
 *   STATE       see below
 *   MOVES       how often it was passed on, 30 bits; written by its owner
 *   PIN_LENGTH  bytes of PIN
 *   PIN         name of the hard link that holds it on its way, 128 bytes
 *
 * | STATE      | the end                               | next                                                           |
 * | ---------- | ------------------------------------- | -------------------------------------------------------------- |
 * | agent      | is that thread's                      | CLOSED, MOVING \| MOVES, both by that thread                     |
 * | MOVING \| n | is on its way for the n-th time       | its receiver, by CAS; its sender again, when nothing was sent  |
 * | CLOSED     | was closed                            |                                                                |
 *
 * For the other end it is gone when it is CLOSED, or its agent is dead, or it is MOVING and its pin has gone: the
 * message was dropped, or its carrier was. A thread that finds that looks at STATE once more: a sender takes an end
 * back *before* it lets go of the pin, a receiver claims it before, and neither changes anything after.
 *
 * | killed                                  | leaves               | the other end                                 |
 * | --------------------------------------- | -------------------- | --------------------------------------------- |
 * | sender, before STATE = MOVING           | its agent's number   | end of file                                   |
 * | sender, after its message was committed | MOVING, pin          | sees nothing of it                            |
 * | receiver, after it has claimed the end  | its agent's number   | end of file; the pin goes with the carrier    |
 * | sender between MOVING and the commit, receiver between taking the message and the claim | MOVING, pin | end of file when the carrier goes |
 */
const STATE = 0;
const MOVES = 1;
const PIN_LENGTH = 2;
const PIN = 4;
const PIN_BYTES = 128;

const CLOSED = 0;
const MOVING = 1 << 30;
const COUNT = MOVING - 1;

/** An end that is only looked at. @param at its first word */
export function endIn({ words }: SegmentViews, at: number): { agent?: number; state: string } {
  const state = words[at + STATE];
  if (state === CLOSED) return { state: 'closed' };
  return (state & MOVING) !== 0 ? { state: 'on its way' } : { state: 'open', agent: state };
}

/** One end of a pipe, as a thread sees it that has this end, or the other one. */
export class End {
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  get isClosed(): boolean {
    return Atomics.load(this.#words, this.#at + STATE) === CLOSED;
  }

  /** What became of it, when it is gone. It asks the system, so callers look now and then, not always. */
  get fate(): string | undefined {
    const state = this.#state;
    const fate = this.#fateAs(state);
    return fate === undefined || this.#state === state ? fate : undefined;
  }

  /** The number of its next move: a message says which one it is, so that it is received once. */
  get nextMove(): number {
    return (this.#words[this.#at + MOVES] + 1) & COUNT;
  }

  /** It is held by `pin` and about to be sent. */
  begin(pin: string): void {
    const bytes = Buffer.from(pin, 'latin1');
    if (bytes.length > PIN_BYTES) throw new RangeError(`A pin of ${bytes.length} bytes: ${pin}`);
    const move = this.nextMove;
    this.#pinBytes.set(bytes);
    this.#words[this.#at + PIN_LENGTH] = bytes.length;
    this.#words[this.#at + MOVES] = move;
    Atomics.store(this.#words, this.#at + STATE, MOVING | move);
  }

  /** It was not sent: it is this thread's again. */
  undo(): void {
    this.claim(this.#words[this.#at + MOVES]);
  }

  /**
   * It was received: it is this thread's now.
   *
   * @throws MpError `ERR_MP_STALE` when it was received before
   */
  claim(move: number): void {
    const expected = MOVING | move;
    const found = Atomics.compareExchange(this.#words, this.#at + STATE, expected, thisAgent().id);
    if (found !== expected)
      throw new MpError('ERR_MP_STALE', 'Cannot receive a Connection: its message was received before');
  }

  close(): void {
    Atomics.store(this.#words, this.#at + STATE, CLOSED);
  }

  get #state(): number {
    return Atomics.load(this.#words, this.#at + STATE);
  }

  get #pinBytes(): Uint8Array {
    const { buffer, byteOffset } = this.#words;
    return new Uint8Array(buffer, byteOffset + (this.#at + PIN) * 4, PIN_BYTES);
  }

  #fateAs(state: number): string | undefined {
    if (state === CLOSED) return 'is closed';
    if ((state & MOVING) === 0) return thisAgent().isAlive(state) ? undefined : 'has died';
    const pin = Buffer.from(this.#pinBytes.subarray(0, this.#words[this.#at + PIN_LENGTH])).toString(
      'latin1',
    );
    return isHeld(pin) ? undefined : 'was lost on its way to another thread';
  }
}
