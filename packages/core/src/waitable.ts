import { watchAbort } from './aborts.ts';
import { thisAgent } from './agent.ts';
import {
  atDeadline,
  deadlineOf,
  deadlineOfSync,
  type SyncWaitOptions,
  type WaitOptions,
} from './deadline.ts';
import { parkingLot } from './parking-lot.ts';
import { dueTurn } from './turn.ts';
import { CHOSEN } from './wait.ts';
import { SLICE_MS, WaitLine } from './wait-line.ts';
import { KIND_ANY, OBSERVER, type WaiterTable } from './waiter-table.ts';

/*
 * Waiting for several things at once: an entry of kind OBSERVER in the waiter table of each. An observer takes nothing, so a
 * wake that chose it belongs to another waiter: it passes each one on to a waiter of another kind, then looks. If the
 * observer is killed in between, that waiter loses one period, as with any waker.
 */

/** The method by which an object can be waited for together with others. */
export const WAITABLE: unique symbol = Symbol.for('@mp/core/waitable') as never;

/** When an object is ready, and how to learn of it. */
export interface Readiness {
  /** Whether it is ready now: whether what hands over would not wait. */
  isReady(): boolean;
  /** The waiters that are notified when it becomes ready … */
  waiters?: WaiterTable;
  /** … or, for what the event loop tells, how to be called once then. @returns how to cancel */
  whenReady?(run: () => void): () => void;
  /** What such a one is, for messages. */
  readonly title?: string;
}

/** Something that {@link waitAny} takes. */
export interface Waitable {
  [WAITABLE](): Readiness;
}

/**
 * Waits until at least one of several objects is ready. Being ready is a hint: another taker may be faster.
 *
 * @returns the ready ones, in the given order; none of them when the time is over
 */
export async function waitAny<W extends Waitable>(
  objects: readonly W[],
  options?: WaitOptions,
): Promise<W[]> {
  const deadline = deadlineOf(options);
  const watched = watch(objects);
  const now = readyOf(watched);
  if (now.length > 0 || deadline === -Infinity) {
    await dueTurn();
    return now;
  }
  const done = new AbortController();
  const { signal } = done;
  const given = options?.signal;
  const unwatch = given && watchAbort(given, () => done.abort(given.reason));
  try {
    const waits = watched.map(({ readiness }) => observe(readiness, deadline, signal));
    // With nothing to wait for there is still the time, or the signal.
    if (waits.length === 0)
      waits.push(observe({ isReady: () => false, whenReady: () => () => {} }, deadline, signal));
    for (const wait of waits) wait.catch(() => {});
    await Promise.race(waits);
    // Asked anew: one of them may have been closed meanwhile.
    return readyOf(watch(objects));
  } finally {
    unwatch?.();
    done.abort();
  }
}

/**
 * Like {@link waitAny} but blocks the thread.
 *
 * @throws TypeError when one of them becomes ready by the event loop, which a blocked thread does not turn
 */
export function waitAnySync<W extends Waitable>(objects: readonly W[], options?: SyncWaitOptions): W[] {
  const deadline = deadlineOfSync(options);
  const watched = watch(objects);
  const ready = () => readyOf(watched);
  const now = ready();
  if (now.length > 0 || deadline === -Infinity) return now;
  const posts = watched.map(({ object, readiness }) => {
    if (readiness.waiters !== undefined) return new Post(readiness.waiters);
    throw new TypeError(
      `Cannot block the thread for ${readiness.title ?? `a ${object.constructor.name}`}: it becomes ready by the event loop. Use await wait()`,
    );
  });
  const leaveOthers = parkingLot().beginSync();
  try {
    for (const post of posts) post.enter();
    return block(posts, ready, deadline, leaveOthers);
  } finally {
    for (const post of posts) post.leave();
    parkingLot().endSync();
  }
}

/** The entry of a blocked observer in one waiter table. */
class Post {
  readonly #waiters: WaiterTable;
  #entry = 0;

  constructor(waiters: WaiterTable) {
    this.#waiters = waiters;
  }

  enter(): void {
    this.#entry = this.#waiters.enter(OBSERVER);
    this.#waiters.announce();
  }

  /** Passes on a wake that chose it: it takes nothing. */
  passOn(): void {
    if (!this.#waiters.isNotified(this.#entry)) return;
    this.#waiters.beginTry(this.#entry);
    this.#waiters.notify(1, KIND_ANY & ~OBSERVER);
    this.#waiters.endTry(this.#entry);
  }

  leave(): void {
    this.#waiters.leave(this.#entry);
  }
}

function block<W>(
  posts: readonly Post[],
  ready: () => W[],
  deadline: number,
  leaveOthers: (() => void) | undefined,
): W[] {
  for (;;) {
    for (const post of posts) post.passOn();
    const found = ready();
    const left = deadline - performance.now();
    if (found.length > 0 || left <= 0) return found;
    if (thisAgent().sleep(Math.min(SLICE_MS, left))) leaveOthers?.();
  }
}

interface Watched<W> {
  readonly object: W;
  readonly readiness: Readiness;
}

function watch<W extends Waitable>(objects: readonly W[]): Watched<W>[] {
  return objects.map((object) => ({ object, readiness: object[WAITABLE]() }));
}

function readyOf<W>(watched: readonly Watched<W>[]): W[] {
  return watched.filter(({ readiness }) => readiness.isReady()).map(({ object }) => object);
}

function observe(readiness: Readiness, deadline: number, signal: AbortSignal): Promise<unknown> {
  const { waiters } = readiness;
  const isReady = () => readiness.isReady() || undefined;
  if (waiters !== undefined) {
    return new WaitLine(waiters, OBSERVER).wait(
      (reason) => {
        if (reason === CHOSEN) waiters.notify(1, KIND_ANY & ~OBSERVER);
        return isReady();
      },
      deadline,
      signal,
    );
  }
  return waitForEvent(readiness, deadline, signal);
}

function waitForEvent(readiness: Readiness, deadline: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let cancelTimer = () => {};
    const cancelEvent = readiness.whenReady?.(() => end(resolve));
    const unwatch = watchAbort(signal, () => end(() => reject(signal.reason)));
    const end = (how: () => void) => {
      cancelTimer();
      cancelEvent?.();
      unwatch();
      how();
    };
    if (deadline !== Infinity) cancelTimer = atDeadline(deadline, () => end(resolve));
  });
}
