// Three orders of queues, and their methods. Only a JoinableQueue has taskDone() and join(); the article says that join()
// waits until the queue is empty, but it waits until as many items are done as were put. A full or an empty queue answers
// `false` or `undefined` to tryPut() and tryGet(), where Python raises Full and Empty.
import { isMain, Thread, task } from '@mp/process';
import { JoinableQueue, LifoQueue, PriorityQueue, Queue } from '@mp/queue';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Queue, LifoQueue, PriorityQueue',
  seed: '263–281',
  proof({ lines }) {
    prove('the lines', lines, [
      'Queue: c a b a2',
      'LifoQueue: a2 b a c',
      'PriorityQueue: a a2 b c',
      'size 2, empty false, full true',
      'put in a full one: false',
      'got from an empty one: false',
      'empty true, joined false',
      'joined true',
    ]);
  },
};

/** Items and their priorities: two have the same, and come in the order in which they were put. */
const ITEMS = { c: 3, a: 1, b: 2, a2: 1 };

export const drain = task(import.meta, (name: string, queue: Queue<string>) => {
  const items: string[] = [];
  while (!queue.isEmpty) items.push(queue.getSync());
  print(`${name}: ${items.join(' ')}`);
});

export const work = task(import.meta, async (queue: JoinableQueue<string>) => {
  for await (const _ of queue) queue.taskDone();
});

if (isMain(import.meta)) {
  for (const Kind of [Queue, LifoQueue, PriorityQueue]) {
    const queue = new Kind<string>();
    for (const [item, priority] of Object.entries(ITEMS)) {
      if (queue instanceof PriorityQueue) await queue.put(item, { priority });
      else await queue.put(item);
    }
    const thread = new Thread({ target: drain, args: [Kind.name, queue] });
    thread.start();
    await thread.join();
  }

  const small = new Queue<string>({ maxSize: 2 });
  await small.putMany(['x', 'y']);
  print(`size ${small.size}, empty ${small.isEmpty}, full ${small.isFull}`);
  print(`put in a full one: ${small.tryPut('z')}`);
  prove('the two items', [small.tryGet(), small.tryGet()], ['x', 'y']);
  print(`got from an empty one: ${small.tryGet() !== undefined}`);
  const late = await small.get({ timeout: 10 }).catch((error: Error) => error);
  prove('a get that has waited long enough', late instanceof Error && late.name, 'TimeoutError');

  const jobs = new JoinableQueue<string>();
  await jobs.putMany(['one', 'two']);
  await jobs.get();
  await jobs.get();
  const inTime = (join: Promise<void>) =>
    join.then(
      () => true,
      () => false,
    );
  print(`empty ${jobs.isEmpty}, joined ${await inTime(jobs.join({ timeout: 10 }))}`);
  jobs.taskDone();
  jobs.taskDone();
  await jobs.put('three');
  const worker = new Thread({ target: work, args: [jobs] });
  worker.start();
  print(`joined ${await inTime(jobs.join())}`);
  jobs.shutdown();
  await worker.join();
}
