import { taskName, taskRef } from '@mp/process/internal';
import type { CallOptions } from './call-options.ts';
import { type Context, contextNow } from './context.ts';
import { Job, type JobPlan, type Outcome, type PoolTask } from './job.ts';
import { type Moves, mayMove, takeMoves, unmove } from './move.ts';
import { CALL } from './protocol.ts';
import type { Scheduler } from './scheduler.ts';

/** Of a call without options. */
const PLAIN: JobPlan = {};
const PLAIN_OPTIONS: CallOptions = {};

/** A timer of Node takes no more. */
const MOST_MS = 2 ** 31 - 1;

/** Makes the jobs of one pool. */
export class JobMaker {
  readonly #scheduler: Scheduler;
  readonly #tasks = new WeakMap<object, PoolTask>();
  readonly #isThread: boolean;
  #tasksSeen = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.#isThread = scheduler.plan.worker.kind === 'thread';
  }

  /** What a pool keeps of a task. @throws ClosedError when the pool takes no more work */
  task(fn: unknown): PoolTask {
    this.#scheduler.assertOpen();
    const known = this.#tasks.get(fn as object);
    if (known !== undefined) return known;
    const ref = taskRef(fn, 'fn');
    const made: PoolTask = { number: ++this.#tasksSeen, ref, name: taskName(ref), usual: undefined };
    this.#tasks.set(fn as object, made);
    return made;
  }

  /** @returns nothing when it cannot be made; the outcome has failed then */
  make(
    task: PoolTask,
    kind: number,
    values: readonly unknown[],
    options: CallOptions | undefined,
    outcome: Outcome,
  ): Job | undefined {
    const scheduler = this.#scheduler;
    const calls = kind === CALL ? 1 : values.length;
    try {
      const rest = mayMove() ? [...values] : values;
      const moves = mayMove() ? this.#takeMoves(rest as unknown[]) : undefined;
      const context = contextOf(options, moves);
      const load = (mayBeLoose: boolean) =>
        scheduler.loads.encode(rest, kind === CALL ? 'args' : 'items', context, mayBeLoose);
      const plan = planOf(options, calls, () => load(false), moves);
      return new Job(task, kind, calls, load(!plan.retries), plan, outcome, scheduler.over);
    } catch (error) {
      outcome.fail(error);
      return undefined;
    }
  }

  #takeMoves(values: unknown[]): Moves | undefined {
    if (!this.#isThread) {
      unmove(values);
      return undefined;
    }
    return takeMoves(values, (_, error) => {
      throw error;
    });
  }
}

function contextOf(options: CallOptions | undefined, moves: Moves | undefined): Context | undefined {
  const carried = contextNow(options?.traceparent);
  return moves === undefined ? carried : { ...carried, moved: moves.at };
}

function planOf(
  options: CallOptions | undefined,
  calls: number,
  reload: JobPlan['reload'],
  moves: Moves | undefined,
): JobPlan {
  const { taskTimeout = Infinity, priority, retries, key } = options ?? PLAIN_OPTIONS;
  if (options === undefined && moves === undefined) return PLAIN;
  if (moves !== undefined && retries)
    throw new TypeError('What was moved to one worker cannot be moved to another: no retries with move()');
  const limit = taskTimeout === Infinity ? undefined : Math.min(MOST_MS, taskTimeout * calls);
  return { limit, priority, retries, key, moves, ...(retries !== undefined && { reload }) };
}
