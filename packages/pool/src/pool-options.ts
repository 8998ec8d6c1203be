import { availableParallelism } from 'node:os';
import { checkOptions, deadlineIn } from '@mp/core/internal';
import { taskRef } from '@mp/process/internal';
import { nextPool } from './worker-channel.ts';
import type { ChildSettings, WorkerPlan } from './worker-plan.ts';

/** How many workers a pool has. */
export interface WorkerRange {
  /** So many are always there, 0 to `max`. Default: 0. */
  min?: number;
  /** At most so many, 1 to 1024. Default: as many as the machine has processors. */
  max?: number;
  /** ms after which an idle one above `min` ends. Default: 10,000. */
  idle?: number;
}

/** What a new {@link Pool} may be told. */
export interface PoolOptions {
  /** How many workers run tasks, 1 to 1024, or from how many to how many. Default: as many as the machine has processors. */
  workers?: number | WorkerRange;
  /** Whether workers are processes or threads of this process. Default: `'process'`. */
  kind?: 'process' | 'thread';
  /** A task and its arguments, called in each worker before anything else. When it throws, that worker does not come up. */
  // biome-ignore lint/suspicious/noExplicitAny: any task, whatever it takes
  init?: readonly [task: (...args: any[]) => unknown, ...args: unknown[]];
  /**
   * When a worker is replaced by a fresh one: after `tasks` calls (a chunk of a map is as many calls as it has items), or
   * with more than `rss` bytes of memory; of its own heap for a thread.
   */
  recycle?: { tasks?: number; rss?: number };
  /** ms that a task has to stop after it was asked to; then its worker is killed and replaced. Default: 1000. */
  grace?: number;
  /** `'lifo'`: the newest call is served first. Default: `'fifo'`. */
  order?: 'fifo' | 'lifo';
  /** For the processes or threads themselves: `env`, `execArgv`, and `cwd`, `stdio` or `resourceLimits`. */
  childOptions?: ChildSettings;
}

/** The options of a pool, checked and complete. */
export interface PoolPlan {
  readonly min: number;
  readonly max: number;
  readonly idle: number;
  readonly isLifo: boolean;
  readonly worker: WorkerPlan;
}

const MOST_WORKERS = 1024;
const IDLE_MS = 10_000;
const GRACE_MS = 1_000;
const OF_BOTH = ['env', 'execArgv'] as const;

export function planOf(options: PoolOptions): PoolPlan {
  checkOptions(options, 'Pool', ['workers', 'kind', 'init', 'recycle', 'grace', 'order', 'childOptions']);
  const { kind = 'process', order = 'fifo', grace = GRACE_MS } = options;
  const { recycle = {}, childOptions = {} } = options;
  oneOf('kind', kind, ['process', 'thread']);
  oneOf('order', order, ['fifo', 'lifo']);
  checkOptions(recycle, 'recycle', ['tasks', 'rss']);
  deadlineIn(grace, 'grace');
  const isThread = kind === 'thread';
  checkOptions(
    childOptions,
    `childOptions of a ${kind}`,
    isThread ? [...OF_BOTH, 'resourceLimits'] : [...OF_BOTH, 'cwd', 'stdio'],
  );
  const range = rangeOf(options.workers);
  return {
    ...range,
    isLifo: order === 'lifo',
    worker: {
      number: nextPool(),
      kind,
      init: initOf(options.init),
      mostTasks: recycle.tasks === undefined ? Infinity : whole('recycle.tasks', recycle.tasks, 2 ** 53 - 1),
      mostMemory: recycle.rss === undefined ? undefined : whole('recycle.rss', recycle.rss, 2 ** 53 - 1),
      isCrowded: range.max >= availableParallelism(),
      grace: Math.min(Math.max(grace, 0), 2 ** 31 - 1),
      childOptions,
    },
  };
}

function rangeOf(workers: PoolOptions['workers']): Pick<PoolPlan, 'min' | 'max' | 'idle'> {
  if (workers === undefined || workers === null || typeof workers !== 'object') {
    const count = whole('workers', workers === undefined ? availableParallelism() : workers, MOST_WORKERS);
    return { min: count, max: count, idle: Infinity };
  }
  checkOptions(workers, 'workers', ['min', 'max', 'idle']);
  const max = whole('workers.max', workers.max ?? availableParallelism(), MOST_WORKERS);
  const min = whole('workers.min', workers.min ?? 0, max, 0);
  const { idle = IDLE_MS } = workers;
  deadlineIn(idle, 'workers.idle');
  return { min, max, idle: Math.max(idle, 0) };
}

function initOf(init: PoolOptions['init']): WorkerPlan['init'] {
  if (init === undefined) return undefined;
  if (!Array.isArray(init))
    throw new TypeError(`init must be an array like [task, arg], not a ${typeof init}`);
  const [fn, ...args] = init;
  return { ref: taskRef(fn, 'init[0]'), args };
}

function oneOf(name: string, value: unknown, known: readonly string[]): void {
  if (!known.includes(value as string))
    throw new TypeError(
      `${name} must be '${known.join("' or '")}', not ${JSON.stringify(value) ?? typeof value}`,
    );
}

/** @throws TypeError, RangeError unless `value` is a whole number in this range */
export function whole(name: string, value: number, most: number, least = 1): number {
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be a number, not ${value === null ? 'null' : typeof value}`);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
}
