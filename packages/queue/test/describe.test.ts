import { thisAgent } from '@mp/core/internal';
import { JoinableQueue, LifoQueue, PriorityQueue, Queue } from '@mp/queue';
import { describers } from '@mp/queue/internal';
import { described, leakCheck } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

const NAME = 'described';
const say = () => described(describers, `n-${NAME}`);
let made: Queue<string> | undefined;

function make<Q extends Queue<string>>(queue: Q): Q {
  made = queue;
  return queue;
}

afterEach(() => {
  expect(made?.unlink()).toBe(true);
});

test('depth, bytes, limits, counts, leases and dead letters', () => {
  const queue = make(new Queue<string>({ name: NAME, maxSize: 9, maxBytes: 1000, maxAttempts: 1 }));
  for (const text of ['one', 'two', 'three', 'four']) queue.putSync(text);
  expect(say()).toMatchObject({
    state: 'open',
    holders: [],
    waiters: [],
    measures: { depth: 4, bytes: 19, leased: 0, letters: 0, unfinished: 4, maxSize: 9, maxBytes: 1000 },
    counters: { puts: 4, gets: 0, putBytes: 19, getBytes: 0, rescued: 0 },
    details: { maxAttempts: 1, storeIsChanging: false },
  });
  queue.getSync();
  const [dead, leased] = [queue.leaseSync(), queue.leaseSync()];
  dead.retry();
  expect(say()).toMatchObject({
    holders: [{ agent: thisAgent().id, role: 'lease', count: 1 }],
    measures: { depth: 1, bytes: 5, leased: 1, letters: 1 },
    counters: { puts: 4, gets: 3 },
  });
  leased.ack();
  expect(say()).toMatchObject({ holders: [], measures: { leased: 0 } });
  queue.shutdown();
  expect(say().state).toBe('shut down');
});

test.each([
  ['LifoQueue', LifoQueue],
  ['PriorityQueue', PriorityQueue],
])('a %s counts what was moved to its store', (_, QueueClass) => {
  const queue = make(new QueueClass<string>({ name: NAME }));
  for (const text of ['a', 'bb', 'ccc']) (queue as Queue<string>).putSync(text);
  queue.getSync();
  expect(say()).toMatchObject({ measures: { depth: 2 }, counters: { puts: 3, gets: 1 } });
  expect(say().measures.bytes).toBeGreaterThan(0);
});

test('waiters, by what they wait for', async () => {
  const queue = make(new JoinableQueue<string>({ name: NAME, maxSize: 1 }));
  queue.putSync('first');
  const [putting, joining] = [queue.put('second'), queue.join()];
  const agent = thisAgent().id;
  expect(say()).toMatchObject({
    waiters: [
      { agent, for: 'put', chosen: false },
      { agent, for: 'join', chosen: false },
    ],
    measures: { unfinished: 1 },
  });
  expect(await queue.get()).toBe('first');
  await putting;
  await queue.get();
  queue.taskDone();
  queue.taskDone();
  await joining;
  const getting = queue.get();
  expect(say().waiters).toMatchObject([{ for: 'get' }]);
  await queue.put('last');
  await getting;
  queue.taskDone();
});
