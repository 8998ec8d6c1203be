// Three workers that look under a lock whether there is something in a queue, until a flag tells them to leave. A loop
// `for await (const word of queue)` and a shutdown() of the queue need neither the lock nor the flag.
import { setTimeout as sleep } from 'node:timers/promises';
import { Event, Lock } from '@mp/lock';
import { isMain, Process, Thread, task } from '@mp/process';
import { Queue } from '@mp/queue';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const NAMES = ['Thread-1', 'Thread-2', 'Thread-3'];
const WORDS = ['One', 'Two', 'Three', 'Four', 'Five'];

export const scene: Scene = {
  title: 'Workers that poll a queue',
  seed: '282–345',
  proof({ lines }) {
    const programs = lines
      .join('\n')
      .split(/^-- .*\n/m)
      .slice(1);
    prove('programs', programs.length, 2);
    for (const text of programs) {
      const words = [...text.matchAll(/processing (\w+)$/gm)].map(([, word]) => word);
      prove('each word is processed once', words.sort(), [...WORDS].sort());
      const exited = [...text.matchAll(/^Exiting (Thread-\d)$/gm)].map(([, name]) => name);
      prove('all exit', exited.sort(), NAMES);
      prove('the last line', text.trim().split('\n').at(-1), 'Exiting Main Thread');
    }
  },
};

export const processData = task(
  import.meta,
  async (name: string, queue: Queue<string>, queueLock: Lock, exitFlag: Event) => {
    print(`Starting ${name}`);
    while (!exitFlag.isSet) {
      const word = await queueLock.with(() => (queue.isEmpty ? undefined : queue.get()));
      if (word !== undefined) print(`${name} processing ${word}`);
      await sleep(10);
    }
    print(`Exiting ${name}`);
  },
);

if (isMain(import.meta)) {
  for (const Kind of [Thread, Process]) {
    print(`-- ${Kind.name}`);
    const [queue, queueLock, exitFlag] = [new Queue<string>({ maxSize: 10 }), new Lock(), new Event()];
    const workers = NAMES.map((name) => {
      return new Kind({ target: processData, args: [name, queue, queueLock, exitFlag] });
    });
    for (const worker of workers) worker.start();
    await queueLock.with(() => queue.putMany(WORDS));
    while (!queue.isEmpty) await sleep(10);
    exitFlag.set();
    for (const worker of workers) await worker.join();
    print('Exiting Main Thread');
  }
}
