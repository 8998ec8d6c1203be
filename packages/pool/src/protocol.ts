import { Channel } from '@mp/core/internal';
import type { MovedMark } from './move.ts';

/*
 * What a pool and one of its workers say to each other over their channel. The low three bits of a record's flags are
 * its kind, the others a number.
 *
 * | to the worker | number     | payload                                                         |
 * | ------------- | ---------- | --------------------------------------------------------------- |
 * | DEFINE        | task       | how to find the task                                            |
 * | DEFINE        | SHAPES     | shapes of objects in the messages that follow: `told-shapes.ts` |
 * | INIT          | task       | its arguments; before anything else, and answered by READY      |
 * | CONTEXT       | attempt    | what the next job runs in, when that is not the usual           |
 * | CALL          | task       | the arguments of one call                                       |
 * | MAP           | task       | items, each the argument of one call                            |
 * | STARMAP       | task       | items, each the arguments of one call                           |
 * | RING          |            | nothing: the job that runs is asked to stop, see ASKED, or what it NEEDs has come |
 * | END           |            | nothing: finish                                                 |
 *
 * | to the pool   | number     | payload                                                         |
 * | ------------- | ---------- | --------------------------------------------------------------- |
 * | READY         |            | nothing: it is up, or has obeyed a revocation                   |
 * | RESULT        | µs it took | value of a CALL, values of a MAP; in the order of the jobs      |
 * | FAILURE       | µs it took | what was thrown; before READY: by the initializer               |
 * | PARTLY        | µs it took | values of a MAP, a Map from index to what was thrown there, and the places and number of what was moved; for a CALL one value |
 * | PROGRESS      |            | a value that the running task hands on                          |
 * | RETIRE        |            | nothing: it has outgrown its memory and wants no more jobs      |
 * | NEED          |            | nothing: it has begun a job whose arguments are moved, and waits for them |
 * | LEARN         |            | shapes of objects in the messages that follow                   |
 *
 * `undefined` as a result, or thrown, is an empty payload. What threads move to each other goes through a MessagePort: to the
 * worker once it has begun the job, so that nothing has to come back from one that never does.
 *
 * A pool sends jobs ahead, so that a worker need not wait for the next one, and may take back those not begun:
 *
 * | GATE            | meaning                           | next                                                       |
 * | --------------- | --------------------------------- | ---------------------------------------------------------- |
 * | n << 1          | n jobs were begun                 | worker: (n+1) << 1, then it runs; pool: n << 1 \| REVOKED   |
 * | n << 1 \| REVOKED | all up to UPTO not begun are void | worker: skips them, UPTO << 1, then READY                  |
 *
 * Both move GATE by compare-and-exchange, so a job is begun here or run elsewhere, never both. A worker that dies leaves
 * in GATE whether it had begun the job that its results lack.
 */
export const DEFINE = 0;
export const CALL = 1;
export const MAP = 2;
export const END = 3;
export const STARMAP = 4;
export const INIT = 5;
export const CONTEXT = 6;
export const RING = 7;

export const READY = 0;
export const RESULT = 1;
export const FAILURE = 2;
export const PARTLY = 3;
export const PROGRESS = 4;
export const RETIRE = 5;
export const NEED = 6;
export const LEARN = 7;

/** The payload of PARTLY. */
export type PartlyMessage = [values: unknown[], errors: Map<number, unknown>, moved: MovedMark | undefined];

export const GATE = Channel.FREE;
export const UPTO = Channel.FREE + 1;
/** `n << 1 | 1`: the n-th job is asked to stop, if it is still the one that runs. */
export const ASKED = Channel.FREE + 2;
/** The agent of the worker, as soon as it runs. */
export const AGENT = Channel.FREE + 3;
/** 1: the thread of the pool blocks for this worker, or did a moment ago. A worker that looked for its next job in vain stores 0. */
export const BLOCKS = Channel.FREE + 4;
/** How many jobs the worker has ended: only for those that look. */
export const ENDED = Channel.FREE + 5;
/** The agent of the thread that has the pool, and which of its pools it is: only for those that look. */
export const OWNER = Channel.FREE + 6;
export const POOL = Channel.FREE + 7;
export const REVOKED = 1;
/** Jobs are counted modulo 2^30: GATE has one bit for REVOKED and none for a sign. */
export const COUNT_MASK = 0x3fffffff;

/** Largest number in a record's flags. */
export const MOST = 2 ** 28 - 1;
/** Instead of the number of a task, which are fewer. */
export const SHAPES = MOST;

export function flagsOf(kind: number, number: number): number {
  return (Math.min(number, MOST) << 3) | kind;
}

export function kindOf(flags: number): number {
  return flags & 7;
}

export function numberOf(flags: number): number {
  return flags >>> 3;
}

/** First size of the rings of a channel, in bytes. */
export const RING_BYTES = 64 << 10;
