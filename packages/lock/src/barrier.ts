import {
  BrokenBarrierError,
  type ClosedError,
  MpError,
  type SyncWaitOptions,
  TimeoutError,
  type WaitOptions,
} from '@mp/core';
import {
  checkOptions,
  deadlineIn,
  deadlineOf,
  deadlineOfSync,
  HANDLE,
  type HandleRecord,
  LOOK,
  openPrimitive,
  Primitive,
  type Reason,
  registerHandle,
  Segment,
  WaitLine,
} from '@mp/core/internal';
import type { AsyncBarrier } from './async-types.ts';
import { Phases, type Place, parametersOf, planOf, VERSION } from './phases.ts';

/** What a new {@link Barrier} may be told. */
export interface BarrierOptions {
  /** Shares it with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
  /**
   * Run by exactly one of the parties, when all have come and before any of them goes on. It belongs to this object and
   * does not travel: whichever party comes last runs the one it was made with.
   */
  action?: () => unknown;
  /** For waits that are given none, in milliseconds. Belongs to this object, too. Default: no limit. */
  timeout?: number;
}

/** How a wait goes on: all have passed, or all have come and this one has to run the action. */
type Step = 'passed' | 'act';

interface Visit {
  place: Place | undefined;
  readonly line: WaitLine;
  readonly attempt: (reason?: Reason) => Step | undefined;
}

/**
 * A meeting point of a number of parties, in any processes and threads: `multiprocessing.Barrier` of Python.
 *
 * It is used again and again. A party that runs out of time, is aborted, or dies while it waits breaks the barrier for
 * the others (in Python a dead one lets them wait without end), until one calls {@link Barrier.reset}.
 *
 * @example
 * ```js
 * import { Barrier } from '@mp/lock';
 *
 * const start = new Barrier(2, { action: () => console.log('all are here') });
 * const indexes = await Promise.all([start.wait(), start.wait()]);
 * console.log(indexes.sort()); // [ 0, 1 ]
 * start.close();
 * ```
 */
export class Barrier extends Primitive implements AsyncBarrier {
  readonly #phases: Phases;
  readonly #action: (() => unknown) | undefined;
  readonly #timeout: number | undefined;
  /** A line for each wait: parties may be tasks of one thread, and each counts. */
  readonly #lines = new Set<WaitLine>();

  /**
   * @param parties how many have to come, 1 to 10,000
   * @param options `name`, `action`, `timeout`
   * @param received only for `@mp`: the segment of one that came in a message
   * @throws TypeError, RangeError on bad options
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, or to one with other `parties`,
   * `ERR_MP_NO_SPACE` when the segment directory is full
   */
  constructor(parties: number, options: BarrierOptions = {}, received?: Segment) {
    checkOptions(options, 'Barrier', ['action', 'timeout', 'name']);
    const { action, timeout } = options;
    if (action !== undefined && typeof action !== 'function')
      throw new TypeError(
        `action must be a function, not ${action === null ? 'null' : `a ${typeof action}`}`,
      );
    deadlineIn(timeout);
    super(
      received
        ? { segment: received, created: false }
        : openPrimitive(options, planOf(parties), parametersOf(parties)),
    );
    this.#phases = new Phases(this.segment);
    this.#action = action;
    this.#timeout = timeout;
  }

  /** How many have to come. */
  get parties(): number {
    return this.#phases.parties;
  }

  /** How many have come and wait for the others. */
  get nWaiting(): number {
    this.assertOpen();
    return this.#phases.waiting;
  }

  /** Whether it is broken: every wait rejects until it is reset. */
  get broken(): boolean {
    this.assertOpen();
    return this.#phases.isBroken;
  }

  /**
   * Waits until all parties have come.
   *
   * @param options `timeout` in ms; `signal` ends the wait. Both break the barrier
   * @returns a number from 0 to `parties` − 1, another one for each party
   * @throws BrokenBarrierError `ERR_MP_BROKEN_BARRIER` when it is or gets broken, also by this wait's own timeout
   * @throws TimeoutError `ERR_MP_TIMEOUT` when all places were taken by others for that long
   * @throws ClosedError `ERR_MP_CLOSED` when it was closed in this thread
   */
  async wait(options?: WaitOptions): Promise<number> {
    this.assertOpen();
    const deadline = this.#deadline(deadlineOf(options), options);
    const visit = this.#visit();
    try {
      const step = visit.attempt() ?? (await visit.line.wait(visit.attempt, deadline, options?.signal));
      if (step === undefined) return this.#expired(visit.place);
      const place = visit.place as Place;
      return step === 'passed' ? place.index : await this.#run(place);
    } catch (error) {
      // A party that does not wait any more will not come.
      if (visit.place !== undefined && !this.segment.closed) this.#phases.breakUp(visit.place.generation);
      throw error;
    } finally {
      this.#lines.delete(visit.line);
    }
  }

  /** Like {@link Barrier.wait} but blocks the thread; an `action` must not be asynchronous then. */
  waitSync(options?: SyncWaitOptions): number {
    this.assertOpen();
    const deadline = this.#deadline(deadlineOfSync(options), options);
    const visit = this.#visit();
    try {
      const step = visit.attempt() ?? visit.line.waitSync(visit.attempt, deadline);
      if (step === undefined) return this.#expired(visit.place);
      const place = visit.place as Place;
      return step === 'passed' ? place.index : this.#runSync(place);
    } catch (error) {
      if (visit.place !== undefined && !this.segment.closed) this.#phases.breakUp(visit.place.generation);
      throw error;
    } finally {
      this.#lines.delete(visit.line);
    }
  }

  /** Breaks it: the parties that wait, and those that come, get the error. */
  abort(): void {
    this.assertOpen();
    this.#phases.breakUp();
  }

  /** Makes it as new. The parties that wait get the error. */
  reset(): void {
    this.assertOpen();
    this.#phases.reset();
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    return { kind: 'barrier', data: this.segment.file, segment: this.segment.file };
  }

  /** @internal Waits that ended by the periodic look instead of a wake: 0 unless somebody was killed. */
  get rescued(): number {
    return this.#phases.waiters.rescued;
  }

  /** @internal */
  protected override endWaits(error: ClosedError): void {
    for (const line of this.#lines) line.failAll(error);
    this.#lines.clear();
  }

  /** One party's stay: its place, once it has one, and how it tries to go on. */
  #visit(): Visit {
    const line = new WaitLine(this.#phases.waiters);
    this.#lines.add(line);
    const visit: Visit = { place: undefined, line, attempt: (reason) => this.#attempt(visit, reason) };
    return visit;
  }

  #attempt(visit: Visit, reason: Reason | undefined): Step | undefined {
    if (visit.place === undefined) {
      const arrival = this.#phases.enter();
      if (arrival === 'broken') throw this.#broken();
      if (arrival === undefined) return undefined;
      visit.place = arrival.place;
      if (arrival.acts) return 'act';
    }
    const { place } = visit;
    const outcome = this.#phases.outcome(place, reason === LOOK);
    if (outcome === 'broken') throw this.#broken();
    // The last one to come was killed before it took the action.
    if (outcome === 'full') return this.#phases.beginAction(place) ? 'act' : undefined;
    return outcome;
  }

  async #run(place: Place): Promise<number> {
    await this.#action?.();
    return this.#passed(place);
  }

  #runSync(place: Place): number {
    const result = this.#action?.();
    if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function') {
      throw new TypeError(
        'Cannot run an asynchronous action in waitSync(): use wait(), or an action that returns at once',
      );
    }
    return this.#passed(place);
  }

  #passed(place: Place): number {
    if (this.segment.closed) throw this.closedError();
    if (!this.#phases.pass(place)) throw this.#broken();
    return place.index;
  }

  /** The time is over: unless the others came in this moment, they need not wait any more. */
  #expired(place: Place | undefined): number {
    if (place === undefined) {
      throw new TimeoutError(
        `Cannot enter the ${this.segment.title} in time: all of its ${this.parties} places are taken`,
      );
    }
    this.#phases.breakUp(place.generation);
    if (this.#phases.outcome(place, false) === 'passed') return place.index;
    throw this.#broken();
  }

  /** @param deadline of the wait's own options */
  #deadline(deadline: number, { timeout }: SyncWaitOptions = {}): number {
    return timeout === undefined ? Math.min(deadline, deadlineIn(this.#timeout)) : deadline;
  }

  #broken(): BrokenBarrierError {
    return new BrokenBarrierError(
      `The ${this.segment.title} is broken: a party left it, ran out of time or died. reset() it`,
    );
  }
}

registerHandle('barrier', {
  package: '@mp/lock',
  decode: (file) => {
    if (typeof file !== 'string') {
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open a Barrier: its handle is damaged');
    }
    const segment = Segment.attach(file, 'barrier', VERSION);
    return new Barrier(new Phases(segment).parties, {}, segment);
  },
});
