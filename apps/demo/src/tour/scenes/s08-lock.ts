// A lock: its holder prints three lines, and the other one waits. With a timeout acquire() ends by an error where Python
// answers False. Threads, as in the article, and processes, as its exercise in line 1817 asks for.
import { Barrier, Lock } from '@mp/lock';
import { isMain, Process, Thread, task } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Lock',
  seed: '200–261, 1817',
  proof({ lines }) {
    const programs = lines
      .join('\n')
      .split(/^-- .*\n/m)
      .slice(1);
    prove('programs', programs.length, 2);
    for (const text of programs) {
      const counted = [...text.matchAll(/^\w: \d$/gm)].map(([line]) => line);
      const [first, second] = counted[0] === 'A: 3' ? ['A', 'B'] : ['B', 'A'];
      const wanted = [first, second].flatMap((name) => [3, 2, 1].map((count) => `${name}: ${count}`));
      prove('one after the other', counted, wanted);
    }
  },
};

export const printThree = task(import.meta, async (name: string, together: Barrier, lock: Lock) => {
  print(`Starting ${name}`);
  await together.wait();
  await lock.with(async () => {
    for (let counter = 3; counter > 0; counter--) {
      print(`${name}: ${counter}`);
      // Long enough for the other one to get in between, if the lock let it.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
});

if (isMain(import.meta)) {
  for (const Kind of [Thread, Process]) {
    print(`-- ${Kind.name}`);
    const [lock, together] = [new Lock(), new Barrier(2)];
    const two = ['A', 'B'].map((name) => new Kind({ target: printThree, args: [name, together, lock] }));
    for (const each of two) each.start();
    for (const each of two) await each.join();

    const held = await lock.acquire();
    print(`acquired: ${lock.locked}`);
    const refusal = await lock.acquire({ timeout: 10 }).catch((error: Error) => error);
    print(`acquired again within 10 ms: ${'release' in refusal}`);
    prove('the refusal', 'name' in refusal && refusal.name, 'TimeoutError');
    held.release();
    print('Exiting Main Thread');
  }
}
