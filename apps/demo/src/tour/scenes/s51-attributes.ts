// What a process is made with, and what is known of it. Of Python's arguments there is no `group`, which has to be None, and
// no `authkey`: a listener is given its key. Keyword arguments are an object at the end of `args`.
import { Event } from '@mp/lock';
import { isMain, Process, task } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Attributes of processes',
  seed: '1428–1443',
  proof({ lines }) {
    prove('the lines', lines, [
      'idle, daemon: true',
      'before start, known pid: false, known exit code: false',
      'called with 1, two=2',
      'while it runs, known pid: true, known exit code: false',
      'exit code -9',
    ]);
  },
};

export const idle = task(import.meta, async (begun: Event, one: number, { two }: { two: number }) => {
  console.log(`called with ${one}, two=${two}`);
  begun.set();
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});

if (isMain(import.meta)) {
  const begun = new Event();
  const p = new Process({ target: idle, name: 'idle', args: [begun, 1, { two: 2 }], daemon: true });
  const known = () => `known pid: ${p.pid !== undefined}, known exit code: ${p.exitCode !== undefined}`;
  console.log(`${p.name}, daemon: ${p.daemon}`);
  console.log(`before start, ${known()}`);
  p.start();
  await begun.wait();
  console.log(`while it runs, ${known()}`);
  prove('the pid is not that of the main process', p.pid !== process.pid, true);
  p.kill();
  await p.join();
  console.log(`exit code ${p.exitCode}`);
}
