// Ten processes put an item each into a queue of three places, and ten get one each. What ends the queue for all is shutdown()
// here: close() lets go of it in this thread only. What is left is still delivered, and a lock keeps the lines apart.
import { setTimeout as sleep } from 'node:timers/promises';
import { Lock, Semaphore } from '@mp/lock';
import { isMain, Process, task } from '@mp/process';
import { Queue } from '@mp/queue';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const COUNT = 10;

export const scene: Scene = {
  title: 'Ten that put, ten that get',
  seed: '1857–1904',
  proof({ lines }) {
    const [full, ...others] = lines;
    prove('the first line', full, 'before the first get: 3 items, full: true');
    const pids = others.map((line) => /^(\d+)\(get\):(\d+)\(put\):[\d.]+$/.exec(line)?.slice(1));
    prove('lines', pids.length, COUNT);
    prove('pids of 20 processes', new Set(pids.flat()).size, 2 * COUNT);
  },
};

export const inputQ = task(import.meta, async (queue: Queue<string>, begun: Semaphore) => {
  begun.release();
  await queue.put(`${process.pid}(put):${Date.now() / 1000}`);
});

export const outputQ = task(import.meta, async (queue: Queue<string>, lock: Lock) => {
  const { size } = queue;
  const info = await queue.get();
  prove('at most three items are in the queue', size <= 3, true);
  await lock.with(() => print(`${process.pid}(get):${info}`));
});

if (isMain(import.meta)) {
  const [lock, begun] = [new Lock(), new Semaphore(0)];
  const queue = new Queue<string>({ maxSize: 3 });

  const inputs = Array.from({ length: COUNT }, () => new Process({ target: inputQ, args: [queue, begun] }));
  for (const each of inputs) each.start();
  for (let i = 0; i < COUNT; i++) await begun.acquire();
  while (!queue.isFull) await sleep(5);
  print(`before the first get: ${queue.size} items, full: ${queue.isFull}`);

  const outputs = Array.from({ length: COUNT }, () => new Process({ target: outputQ, args: [queue, lock] }));
  for (const each of outputs) each.start();
  for (const each of inputs) await each.join();
  queue.shutdown();
  for (const each of outputs) await each.join();

  const left = await queue.get().catch((error: Error) => error.name);
  prove('an eleventh get', left, 'ClosedError');
}
