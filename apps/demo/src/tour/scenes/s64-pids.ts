// Threads have the pid of their process, and processes have their own. A lock keeps the lines apart; here a line that is
// written at once is whole without it, too.
import { Lock } from '@mp/lock';
import { isMain, Process, Thread, task } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Pids of threads and of processes',
  seed: '1776–1817',
  proof({ lines }) {
    const [main, ...others] = lines.map((line) => line.split(' '));
    prove('the first word', main[0], 'Main:');
    const threads = others.slice(0, 5);
    prove('the threads', threads, Array(5).fill(['thread', main[1]]));
    const processes = others.slice(5);
    prove(
      'the processes',
      processes.map(([sign]) => sign),
      Array(5).fill('process'),
    );
    prove('different pids', new Set([main, ...processes].map(([, pid]) => pid)).size, 6);
  },
};

export const worker = task(import.meta, (sign: string, lock: Lock) => {
  const held = lock.acquireSync();
  print(`${sign} ${process.pid}`);
  held.release();
});

if (isMain(import.meta)) {
  print(`Main: ${process.pid}`);
  for (const Kind of [Thread, Process]) {
    const lock = new Lock();
    const sign = Kind.name.toLowerCase();
    const record = Array.from({ length: 5 }, () => new Kind({ target: worker, args: [sign, lock] }));
    for (const each of record) each.start();
    for (const each of record) await each.join();
  }
}
