// Threads that are daemons end with the main thread, wherever they are: here after one of two lines. `daemon` is told when
// a thread is made, so it cannot come too late; Python's setDaemon() has to come before start().
import { Semaphore } from '@mp/lock';
import { isMain, Thread, task } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Daemon threads',
  seed: '121–153',
  proof({ lines }) {
    prove('the last line', lines.at(-1), 'all over');
    prove('the others are cut off', lines.slice(0, -1).sort(), [
      'listen music  trouble is a friend.',
      'watch movie  变形金刚!',
    ]);
  },
};

export const music = task(import.meta, async (title: string, begun: Semaphore) => {
  for (let i = 0; i < 2; i++) {
    print(`listen music  ${title}.`);
    begun.release();
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
});

export const movie = task(import.meta, async (title: string, begun: Semaphore) => {
  for (let i = 0; i < 2; i++) {
    print(`watch movie  ${title}!`);
    begun.release();
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
});

if (isMain(import.meta)) {
  const begun = new Semaphore(0);
  const threads = [
    new Thread({ target: music, args: ['trouble is a friend', begun], daemon: true }),
    new Thread({ target: movie, args: ['变形金刚', begun], daemon: true }),
  ];
  for (const thread of threads) thread.start();
  for (const _ of threads) await begun.acquire();
  print('all over');
}
