// A daemon does not hold up the end of its parent, and is ended with it, in the middle of what it does. join() with a
// timeout, also a fraction of a second, answers whether the child has ended; in Python one has to ask is_alive().
import { Event } from '@mp/lock';
import { currentProcess, isMain, Process, task } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'A daemon process',
  seed: '925–961',
  proof({ lines }) {
    prove('the lines', lines.sort(), [
      'Exiting : non-daemon',
      'Starting: daemon',
      'Starting: non-daemon',
      'd.is_alive() true',
    ]);
  },
};

export const daemon = task(import.meta, async (begun: Event) => {
  const { name } = currentProcess();
  console.log(`Starting: ${name}`);
  begun.set();
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  console.log(`Exiting : ${name}`);
});

export const nonDaemon = task(import.meta, () => {
  const { name } = currentProcess();
  console.log(`Starting: ${name}`);
  console.log(`Exiting : ${name}`);
});

if (isMain(import.meta)) {
  const begun = new Event();
  const d = new Process({ name: 'daemon', target: daemon, args: [begun], daemon: true });
  const n = new Process({ name: 'non-daemon', target: nonDaemon, daemon: false });

  d.start();
  n.start();

  await begun.wait();
  prove('the daemon has ended within 0.1 s', await d.join({ timeout: 100 }), false);
  console.log(`d.is_alive() ${d.isAlive}`);
  await n.join();
}
