// Python's threading.local(), of which the article's first reference tells: data that each thread has for itself. Here that is
// a variable at the top of a module, as every thread has its own copy of all modules.
import { Barrier } from '@mp/lock';
import { currentProcess, isMain, Thread, task } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Data of one thread',
  seed: '9',
  proof({ lines }) {
    prove('the lines', lines.sort(), [
      'Hello, Alice (in Thread-A)',
      'Hello, Bob (in Thread-B)',
      'Hello, main (in MainProcess)',
    ]);
  },
};

let student = 'main';

function greet(): void {
  print(`Hello, ${student} (in ${currentProcess().name})`);
}

export const work = task(import.meta, async (name: string, bothAreSet: Barrier) => {
  student = name;
  await bothAreSet.wait();
  greet();
});

if (isMain(import.meta)) {
  const bothAreSet = new Barrier(2);
  const two = [
    new Thread({ target: work, args: ['Alice', bothAreSet], name: 'Thread-A' }),
    new Thread({ target: work, args: ['Bob', bothAreSet], name: 'Thread-B' }),
  ];
  for (const each of two) each.start();
  for (const each of two) await each.join();
  greet();
}
