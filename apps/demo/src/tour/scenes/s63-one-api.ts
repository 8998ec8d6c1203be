// Threads and processes have one API: what runs here, runs with both. And a process that ends without a join() is no zombie:
// the event loop takes its exit code as soon as it comes. In Python it is one until the next join(), or start().
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { activeChildren, currentProcess, isMain, Process, Thread, task } from '@mp/process';
import { Queue } from '@mp/queue';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'One API, and no zombies',
  seed: '1760–1772',
  proof({ lines }) {
    const life = ['before: false', 'worker says hello', 'during: true', 'after: false', 'exit code: 0'];
    prove('the lines', lines, ['-- Thread', ...life, '-- Process', ...life, 'zombies: 0']);
  },
};

export const work = task(import.meta, async (answers: Queue<string>, goOn: Queue<string>) => {
  await answers.put(`${currentProcess().name} says hello`);
  await goOn.get();
});

export const nothing = task(import.meta, () => {});

/** Children of this process that have ended and were not waited for. */
function zombies(): number {
  return readdirSync('/proc').filter((name) => {
    try {
      const [, state, parent] = /\) (\w) (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))!;
      return state === 'Z' && Number(parent) === process.pid;
    } catch {
      return false; // no process, or one that is gone
    }
  }).length;
}

if (isMain(import.meta)) {
  for (const Kind of [Thread, Process]) {
    print(`-- ${Kind.name}`);
    const [answers, goOn] = [new Queue<string>(), new Queue<string>()];
    const child = new Kind({ target: work, args: [answers, goOn], name: 'worker' });
    print(`before: ${child.isAlive}`);
    child.start();
    print(await answers.get());
    print(`during: ${child.isAlive}`);
    await goOn.put('go on');
    await child.join();
    print(`after: ${child.isAlive}`);
    print(`exit code: ${child.exitCode}`);
  }

  for (const Kind of [Thread, Process, Thread, Process]) new Kind({ target: nothing }).start();
  prove('children', activeChildren().length, 4);
  while (activeChildren().length > 0) await sleep(5);
  print(`zombies: ${zombies()}`);
}
