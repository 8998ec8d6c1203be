import { atDeadline, deadlineOf, type WaitOptions } from './deadline.ts';
import { KIND_ANY, type Room } from './room.ts';
import { CHOSEN, WaitLine } from './wait-line.ts';

/*
 * Waiting for several things at once: an entry of kind OBSERVER in the room of each. An observer takes nothing, so a
 * wake that chose it belongs to somebody else: it passes each one on to a waiter of another kind, then looks. Whoever
 * is killed between costs that waiter one period, like any waker.
 */
const OBSERVER = 2;

/** The method by which an object can be waited for together with others. */
export const WAITABLE: unique symbol = Symbol.for('@mp/core/waitable') as never;

/** When an object is ready, and how to learn of it. */
export interface Readiness {
  /** Whether it is ready now: whether what hands over would not wait. */
  isReady(): boolean;
  /** The room that is notified when it becomes ready … */
  room?: Room;
  /** … or, for what the event loop tells, how to be called once then. @returns how to cancel */
  whenReady?(run: () => void): () => void;
}

/** Something that {@link waitAny} takes. */
export interface Waitable {
  [WAITABLE](): Readiness;
}

/**
 * Waits until at least one of several objects is ready. Being ready is a hint: somebody else may be faster.
 *
 * @returns the ready ones, in the given order; none of them when the time is over
 */
export async function waitAny<W extends Waitable>(
  objects: readonly W[],
  options?: WaitOptions,
): Promise<W[]> {
  const deadline = deadlineOf(options);
  const watched = objects.map((object) => ({ object, readiness: object[WAITABLE]() }));
  const ready = () => watched.filter(({ readiness }) => readiness.isReady()).map(({ object }) => object);
  const now = ready();
  if (now.length > 0 || deadline === -Infinity) return now;
  const done = new AbortController();
  const signal = options?.signal ? AbortSignal.any([options.signal, done.signal]) : done.signal;
  try {
    const waits = watched.map(({ readiness }) => observe(readiness, deadline, signal));
    // With nothing to wait for there is still the time, or the signal.
    if (waits.length === 0)
      waits.push(observe({ isReady: () => false, whenReady: () => () => {} }, deadline, signal));
    for (const wait of waits) wait.catch(() => {});
    await Promise.race(waits);
    return ready();
  } finally {
    done.abort();
  }
}

function observe(readiness: Readiness, deadline: number, signal: AbortSignal): Promise<unknown> {
  const { room } = readiness;
  const isReady = () => readiness.isReady() || undefined;
  if (room !== undefined) {
    return new WaitLine(room, OBSERVER).wait(
      (reason) => {
        if (reason === CHOSEN) room.notify(1, KIND_ANY & ~OBSERVER);
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
    const onAbort = () => end(() => reject(signal.reason));
    const end = (how: () => void) => {
      cancelTimer();
      cancelEvent?.();
      signal.removeEventListener('abort', onAbort);
      how();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (deadline !== Infinity) cancelTimer = atDeadline(deadline, () => end(resolve));
  });
}
