// Everything that a thread can be asked and told. Name and daemon are told when it is made and stay; the article says that
// setDaemon() comes after start(), but Python refuses that. run() is an ordinary method: called here, it runs here.
import { threadId } from 'node:worker_threads';
import { Event } from '@mp/lock';
import { currentProcess, isMain, Thread, task } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = { title: 'Methods of threads', seed: '185–198' };

export const waitFor = task(import.meta, async (end: Event) => {
  await end.wait();
});

export const tell = task(import.meta, () => print(`runs in ${currentProcess().name}`));

if (isMain(import.meta)) {
  const end = new Event();
  const thread = new Thread({ target: waitFor, args: [end], name: 'waiter', daemon: true });
  print(`${thread.name} is a daemon: ${thread.daemon}`);
  print(`alive before start: ${thread.isAlive}, has an id: ${thread.threadId !== undefined}`);
  thread.start();
  print(`alive after start: ${thread.isAlive}, has an id: ${thread.threadId !== undefined}`);
  prove('its id is not that of the main thread', thread.threadId !== threadId, true);
  let isRenamed = true;
  try {
    Object.assign(thread, { name: 'other' });
  } catch {
    isRenamed = false; // Python has setName()
  }
  prove('it gets another name', isRenamed, false);
  for (const [what, refused] of Object.entries({
    daemon: () => Object.assign(thread, { daemon: false }),
    start: () => thread.start(),
  })) {
    try {
      refused();
    } catch {
      print(`refused after start: ${what}`);
    }
  }
  prove('join() is over within 10 ms', await thread.join({ timeout: 10 }), false);
  end.set();
  prove('join() is over', await thread.join(), true);
  print(`alive after join: ${thread.isAlive}`);
  new Thread({ target: tell }).run();

  // What Python has no method for: ending it from outside.
  const endless = new Thread({ target: waitFor, args: [new Event()] });
  endless.start();
  endless.terminate();
  await endless.join();
  prove('the exit code of a terminated one', endless.exitCode, -15);
}
