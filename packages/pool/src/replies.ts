import { type Carrier, type Channel, NO_PIECES, thisThread } from '@mp/core/internal';
import { encode, encodeParts } from '@mp/serde/internal';
import { Partly } from './call-each.ts';
import { type MovedMark, mayMove, post, takeMoves, unmove } from './move.ts';
import { ownPort } from './port.ts';
import { CALL, COUNT_MASK, ENDED, FAILURE, flagsOf, GATE, LEARN, PARTLY, RESULT } from './protocol.ts';
import { ToldShapes } from './told-shapes.ts';

const NOTHING = new Uint8Array(0);

/** A task whose last job took less, in ms, is taken to be as quick the next time: the ring for an answer can wait for that. */
export const QUICK_MS = 0.05;

/** A pool is rung this often, in ms, for the answers of quick jobs. */
const RING_MS = 0.05;

/**
 * What a worker answers: what came of a job, as far as it can be sent. An answer is there for the pool at once, but the pool
 * is rung for it only if {@link Replies.isRingDue}, or by the next `wake()` of the channel.
 */
export class Replies {
  readonly #channel: Channel;
  /** Shapes of objects in the answers, and how much of them the pool was told. */
  readonly #shapes = new ToldShapes();
  #told = 0;
  readonly #carrier: Carrier;
  /** How often something was moved to the pool. */
  #moved = 0;
  /** When the last job ended, as `performance.now()`. */
  endedAt = 0;
  /** When the pool was rung, as `performance.now()`. */
  rangAt = 0;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#carrier = this.#shapes.on(channel.carrier);
  }

  /**
   * @param jobKind `CALL`, or that of a chunk
   * @param value what the call returned, or the results of a chunk
   * @param since when it began, as `performance.now()`
   */
  result(jobKind: number, value: unknown, since: number): void {
    if (mayMove()) this.#mayMove(jobKind, value, since);
    else if (value instanceof Partly) this.#partly(value, since);
    else this.#whole(RESULT, value, since);
  }

  /** @param error what a call threw, or the initializer */
  failure(error: unknown, since: number): void {
    this.#whole(FAILURE, error, since);
  }

  #mayMove(jobKind: number, value: unknown, since: number): void {
    const isCall = jobKind === CALL;
    const partly = value instanceof Partly ? value : new Partly(isCall ? [value] : (value as unknown[]));
    const { values } = partly;
    const port = thisThread().isMain ? undefined : ownPort();
    if (port === undefined) unmove(values);
    const moves = port && takeMoves(values, (index, error) => partly.fail(index, error));
    if (moves !== undefined && port !== undefined) post(port, moves, ++this.#moved);
    const mark = moves && { at: moves.at, number: this.#moved };
    if (mark !== undefined || partly.failed) this.#partly(partly, since, mark);
    else this.#whole(RESULT, isCall ? values[0] : values, since);
  }

  #whole(kind: number, value: unknown, since: number): void {
    if (value === undefined) {
      this.#send(kind, NOTHING, since);
      return;
    }
    try {
      this.#send(kind, value, since, kind === RESULT ? 'result' : 'error');
    } catch (error) {
      const partly = Partly.ofChunk(value);
      if (partly === undefined) this.#send(FAILURE, error, since);
      else this.#sendable(partly, since, undefined, error);
    }
  }

  #partly(partly: Partly, since: number, moved?: MovedMark): void {
    try {
      this.#send(PARTLY, [...partly.parts, moved], since, 'result');
    } catch (error) {
      this.#sendable(partly, since, moved, error);
    }
  }

  /** What of a chunk can be sent; what cannot is the error that says why. */
  #sendable(partly: Partly, since: number, moved: MovedMark | undefined, error: unknown): void {
    partly.keepSendable(error, (part) => encode(part, this.#carrier, 'result').pins.drop());
    this.#send(PARTLY, [...partly.parts, moved], since);
  }

  /** @throws what the encoding throws; nothing was sent then */
  #send(kind: number, value: unknown, since: number, root?: string): void {
    this.endedAt = performance.now();
    const took = Math.max(0, Math.round((this.endedAt - since) * 1000));
    if (value === NOTHING) {
      this.#answer(NOTHING, flagsOf(kind, took), 0, since);
      return;
    }
    const { buffer, length, more, pins } = encodeParts(value, this.#carrier, root);
    try {
      this.#told = this.#shapes.tell(this.#channel, LEARN, this.#told);
      this.#answer(buffer, flagsOf(kind, took), length, since, more);
    } catch (error) {
      pins.drop();
      throw error;
    }
    pins.sent();
  }

  #answer(bytes: Uint8Array, flags: number, length: number, since: number, more = NO_PIECES): void {
    const { words } = this.#channel;
    // Before the answer: a pool that has it is not shown a worker that is busy with that job still.
    words[ENDED] = (words[GATE] >>> 1) & COUNT_MASK;
    if (more === NO_PIECES && this.isRingDue(since)) this.#channel.send(bytes, flags, length);
    else this.#channel.lay(bytes, flags, length, more);
  }

  /** Whether the pool is to be rung for the answer of the job that began at `since`: it was not quick, or rings are rare. */
  isRingDue(since: number): boolean {
    return this.endedAt - since >= QUICK_MS || this.endedAt - this.rangAt > RING_MS;
  }
}
