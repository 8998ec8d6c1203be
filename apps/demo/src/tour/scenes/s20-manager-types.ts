// Each type of a manager, used by a child and by the main process: what one of them does, the other one sees. A lock that a child
// leaves held stays locked, until another process acquires or releases it.
import { isMain, Manager, task } from '@mp/manager';
import { Process } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'The types of a manager',
  seed: '539, 547',
  proof({ lines }) {
    prove('the lines', lines, [
      'list in the child: 2 2 4 3',
      'dict in the child: 2 2 a b 1 2 b 2',
      'list: 3 2 1',
      'dict: a=1 c=7',
      'Namespace: Bob Builder false',
      'Value: 42',
      'Array: 0 -5 2 3',
      'RLock: twice by one owner',
      'Semaphore: true true false',
      'BoundedSemaphore: one too many is released: false',
      'Event: set by the child, then cleared: false',
      'Condition: the child was notified',
      'Barrier: 2 have met',
      'Lock: free for others: false; released: true; released again: false',
      'Queue in the child: full true',
      'Pool in the child: 1 4 9',
      'Queue: 5 6, empty true',
      'JoinableQueue: joined',
    ]);
  },
};

const isDone = (action: Promise<unknown>) =>
  action.then(
    () => true,
    () => false,
  );

async function makeContainers(manager: Manager) {
  return {
    numbers: await manager.list([3, 1, 2, 3]),
    dict: await manager.dict({ a: 1, b: 2 }),
    space: await manager.namespace<{ name: string; age: number; job: string }>({ name: 'Bob', age: 40 }),
    value: await manager.value(21),
    array: await manager.array('i', Array(4).keys()),
  };
}

type Containers = Awaited<ReturnType<typeof makeContainers>>;

export const useContainers = task(import.meta, async (given: Containers) => {
  const { numbers, dict, space, value, array } = given;
  const [count, index] = [await numbers.count(3), await numbers.indexOf(2)];
  console.log(`list in the child: ${count} ${index} ${await numbers.length} ${await numbers.pop()}`);
  await numbers.sort();
  await numbers.reverse();
  const [size, b] = [await dict.size, await dict.get('b')];
  const words = [...(await dict.keys()), ...(await dict.values()), ...(await dict.popItem())!];
  console.log(`dict in the child: ${size} ${b} ${words.join(' ')}`);
  await dict.update({ c: 7 });
  await space.set('job', 'Builder');
  await space.delete('age');
  await value.set((await value.get()) * 2);
  await array.set(1, -5);
});

async function containers(manager: Manager): Promise<void> {
  const made = await makeContainers(manager);
  const child = new Process({ target: useContainers, args: [made] });
  child.start();
  await child.join();
  const { numbers, dict, space, value, array } = made;
  console.log(`list: ${(await numbers.toArray()).join(' ')}`);
  console.log(`dict: ${(await dict.items()).map((entry) => entry.join('=')).join(' ')}`);
  console.log(`Namespace: ${await space.get('name')} ${await space.get('job')} ${await space.has('age')}`);
  console.log(`Value: ${await value.get()}`);
  console.log(`Array: ${(await array.toArray()).join(' ')}`);
}

async function makeLocks(manager: Manager) {
  return {
    lock: await manager.lock(),
    rlock: await manager.rlock(),
    semaphore: await manager.semaphore(2),
    bounded: await manager.boundedSemaphore(1),
    event: await manager.event(),
    condition: await manager.condition(),
    barrier: await manager.barrier(2),
  };
}

type Locks = Awaited<ReturnType<typeof makeLocks>>;

export const useLocks = task(import.meta, async (given: Locks) => {
  const { lock, rlock, semaphore, bounded, event, condition, barrier } = given;
  await lock.acquire();
  await rlock.with(() => rlock.with(() => console.log('RLock: twice by one owner')));
  const permits = [await semaphore.tryAcquire(), await semaphore.tryAcquire(), await semaphore.tryAcquire()];
  console.log(`Semaphore: ${permits.map((permit) => permit !== undefined).join(' ')}`);
  console.log(`BoundedSemaphore: one too many is released: ${await isDone(bounded.release())}`);
  await condition.with(async () => {
    await event.set();
    await condition.wait();
    console.log('Condition: the child was notified');
  });
  await barrier.wait();
});

async function locks(manager: Manager): Promise<void> {
  const made = await makeLocks(manager);
  const child = new Process({ target: useLocks, args: [made] });
  child.start();
  const { lock, event, condition, barrier } = made;
  await event.wait();
  await event.clear();
  console.log(`Event: set by the child, then cleared: ${await event.isSet}`);
  // The child has this lock until it waits.
  await condition.with(() => condition.notify());
  await barrier.wait();
  console.log(`Barrier: ${await barrier.parties} have met`);
  await child.join();
  const isFree = !(await lock.locked);
  const released = [await isDone(lock.release()), await isDone(lock.release())];
  console.log(`Lock: free for others: ${isFree}; released: ${released.join('; released again: ')}`);
}

async function makeQueues(manager: Manager) {
  return {
    queue: await manager.queue<number>({ maxSize: 2 }),
    joinable: await manager.joinableQueue<string>(),
    pool: await manager.pool({ workers: 2 }),
  };
}

type Queues = Awaited<ReturnType<typeof makeQueues>>;

export const square = task(import.meta, (x: number) => x * x);

export const useQueues = task(import.meta, async ({ queue, joinable, pool }: Queues) => {
  await queue.put(5);
  await queue.put(6);
  console.log(`Queue in the child: full ${await queue.isFull}`);
  console.log(`Pool in the child: ${(await pool.map(square, [1, 2, 3])).join(' ')}`);
  for (let left = 2; left > 0; left--) {
    await joinable.get();
    await joinable.taskDone();
  }
});

async function queues(manager: Manager): Promise<void> {
  const made = await makeQueues(manager);
  const { queue, joinable, pool } = made;
  await joinable.putMany(['one', 'two']);
  const child = new Process({ target: useQueues, args: [made] });
  child.start();
  await joinable.join();
  console.log(`Queue: ${await queue.get()} ${await queue.get()}, empty ${await queue.isEmpty}`);
  console.log('JoinableQueue: joined');
  await pool.close();
  await pool.join();
  await child.join();
}

if (isMain(import.meta)) {
  const manager = await Manager.start();
  await containers(manager);
  await locks(manager);
  await queues(manager);
  await manager.close();
}
