/*
 * Queues as the shared suites see them: what is common to those in shared memory and to the proxies of those in a server.
 * Written down here again, as this package uses none of those that it tests.
 */

/** What every wait takes. */
interface Wait {
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

type Ranked = Wait & { priority?: number | undefined };

/** Some value, or a promise of it. */
type Maybe<T> = T | Promise<T>;

export interface SuiteLease<T> {
  readonly value: T;
  readonly attempt: number;
  ack(): Maybe<void>;
  retry(): Maybe<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SuiteDeadLetters<T> {
  readonly size: Maybe<number>;
  get(options?: Wait): Promise<T>;
  tryGet(): Maybe<T | undefined>;
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined>;
}

export interface SuiteQueue<T> {
  readonly maxSize: Maybe<number>;
  readonly size: Maybe<number>;
  readonly isEmpty: Maybe<boolean>;
  readonly isFull: Maybe<boolean>;
  readonly isShutdown: Maybe<boolean>;
  readonly deadLetters: SuiteDeadLetters<T>;
  put(item: T, options?: Wait): Promise<void>;
  tryPut(item: T, options?: object): Maybe<boolean>;
  putMany(items: readonly T[], options?: Wait): Promise<void>;
  tryPutMany(items: readonly T[], options?: object): Maybe<boolean>;
  get(options?: Wait): Promise<T>;
  tryGet(): Maybe<T | undefined>;
  getMany(most: number, options?: Wait): Promise<T[]>;
  tryGetMany(most: number): Maybe<T[]>;
  lease(options?: Wait): Promise<SuiteLease<T>>;
  tryLease(): Maybe<SuiteLease<T> | undefined>;
  leases(): AsyncIterableIterator<SuiteLease<T>, void, undefined>;
  shutdown(options?: { immediate?: boolean }): Maybe<number>;
  close(): void;
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined>;
}

export interface SuiteJoinableQueue<T> extends SuiteQueue<T> {
  taskDone(): Maybe<void>;
  join(options?: Wait): Promise<void>;
}

export interface SuitePriorityQueue<T> extends SuiteQueue<T> {
  put(item: T, options?: Ranked): Promise<void>;
  tryPut(item: T, options?: { priority?: number | undefined }): Maybe<boolean>;
  putMany(items: readonly T[], options?: Ranked): Promise<void>;
  tryPutMany(items: readonly T[], options?: { priority?: number | undefined }): Maybe<boolean>;
}

/** Limits of a queue that a suite asks for. */
export interface SuiteQueueOptions {
  maxSize?: number;
  maxAttempts?: number;
}

/** Makes the queues that the suites run on. What it made is closed after each test. */
export interface QueueFactory {
  queue<T = unknown>(options?: SuiteQueueOptions): Promise<SuiteQueue<T>>;
  joinableQueue<T = unknown>(options?: SuiteQueueOptions): Promise<SuiteJoinableQueue<T>>;
  lifoQueue<T = unknown>(options?: SuiteQueueOptions): Promise<SuiteQueue<T>>;
  priorityQueue<T = unknown>(options?: SuiteQueueOptions): Promise<SuitePriorityQueue<T>>;
  /** The same queue, as one more user of it has it, with waits and leases of its own. */
  another<Q extends SuiteQueue<unknown>>(queue: Q): Promise<Q>;
}

export const QUEUE_KINDS = ['queue', 'joinableQueue', 'lifoQueue', 'priorityQueue'] as const;
export type QueueKind = (typeof QUEUE_KINDS)[number];

/** What a call came to, whether it throws or rejects. */
export async function outcome<T>(run: () => T | Promise<T>): Promise<T> {
  return run();
}

/** All that a loop gives. */
export async function collected<T>(loop: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of loop) all.push(each);
  return all;
}

export const TIMED_OUT = { code: 'ERR_MP_TIMEOUT' };
export const CLOSED = { code: 'ERR_MP_CLOSED' };
