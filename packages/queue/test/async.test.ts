import { sweep } from '@mp/core/internal';
import {
  type AsyncJoinableQueue,
  type AsyncLease,
  type AsyncPriorityQueue,
  type AsyncQueue,
  JoinableQueue,
  type Lease,
  LifoQueue,
  PriorityQueue,
  Queue,
} from '@mp/queue';
import {
  asyncQueueSuite,
  freshName,
  leakCheck,
  type SuiteJoinableQueue,
  type SuitePriorityQueue,
  type SuiteQueue,
  type SuiteQueueOptions,
} from '@mp/testing';
import { afterEach, expect, expectTypeOf, test } from 'vitest';

leakCheck();

type Class<Q> = new (options: object) => Q;
const made = new Map<string, Class<Queue>>();
const open: Queue[] = [];

function make<Q>(Kind: Class<Q>, options: SuiteQueueOptions = {}): Q {
  const name = freshName();
  const queue = new Kind({ name, ...options });
  made.set(name, Kind as Class<Queue>);
  open.push(queue as Queue);
  return queue;
}

afterEach(() => {
  for (const queue of open.splice(0)) queue.close();
  for (const [name, Kind] of made) expect(new Kind({ name }).unlink()).toBe(true);
  made.clear();
  sweep();
});

asyncQueueSuite('queues in shared memory', {
  queue: async <T>(options?: SuiteQueueOptions): Promise<SuiteQueue<T>> => make<Queue<T>>(Queue, options),
  joinableQueue: async <T>(options?: SuiteQueueOptions): Promise<SuiteJoinableQueue<T>> =>
    make<JoinableQueue<T>>(JoinableQueue, options),
  lifoQueue: async <T>(options?: SuiteQueueOptions): Promise<SuiteQueue<T>> =>
    make<LifoQueue<T>>(LifoQueue, options),
  priorityQueue: async <T>(options?: SuiteQueueOptions): Promise<SuitePriorityQueue<T>> =>
    make<PriorityQueue<T>>(PriorityQueue, options),
  another: async (queue) => {
    const { name } = queue as unknown as Queue;
    const Kind = made.get(name as string) as Class<Queue>;
    const other = new Kind({ name });
    open.push(other);
    return other as unknown as typeof queue;
  },
});

test('they are what is common to all queues, by their types', () => {
  expectTypeOf<Queue<number>>().toExtend<AsyncQueue<number>>();
  expectTypeOf<LifoQueue<number>>().toExtend<AsyncQueue<number>>();
  expectTypeOf<JoinableQueue<number>>().toExtend<AsyncJoinableQueue<number>>();
  expectTypeOf<PriorityQueue<number>>().toExtend<AsyncPriorityQueue<number>>();
  expectTypeOf<Lease<number>>().toExtend<AsyncLease<number>>();
  // @ts-expect-error a queue of something else is none of numbers
  const other: AsyncQueue<number> = undefined as unknown as Queue<string>;
  expect(other).toBeUndefined();
});
