// What join() waits for. The article says that one after the loop waits for all threads; it waits for the one that it is
// called on, the last, which happens to be the longer. Each program runs in a process, so that its end is seen.
import { Event } from '@mp/lock';
import { isMain, Process, Thread, task } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const [LISTEN, WATCH] = ['listen music', 'watch movie'];

export const scene: Scene = {
  title: 'join()',
  seed: '155–166',
  proof({ lines }) {
    const programs = lines
      .join('\n')
      .split(/^-- .*\n/m)
      .slice(1);
    const counts = programs.map((text) => {
      const own = text.trim().split('\n');
      prove('the last line of each program', own.at(-1), 'all over');
      return [LISTEN, WATCH].map((what) => own.filter((line) => line === what).length);
    });
    prove('how often each listened and watched', counts, [
      [2, 2],
      [2, 1],
      [2, 2],
    ]);
  },
};

/** Is over when the film has begun. */
export const music = task(import.meta, async (filmBegins: Event, over: Event) => {
  for (let i = 0; i < 2; i++) print(LISTEN);
  await filmBegins.wait();
  over.set();
});

export const movie = task(import.meta, async (filmBegins: Event, goesOn: Event) => {
  print(WATCH);
  filmBegins.set();
  await goesOn.wait();
  print(WATCH);
});

export const program = task(import.meta, async (joined: 'longer last' | 'shorter last' | 'all') => {
  const [filmBegins, musicIsOver, never] = [new Event(), new Event(), new Event()];
  const song = new Thread({ target: music, args: [filmBegins, musicIsOver], daemon: true });
  const goesOn = joined === 'shorter last' ? never : musicIsOver;
  const film = new Thread({ target: movie, args: [filmBegins, goesOn], daemon: true });
  const threads = joined === 'longer last' ? [song, film] : [film, song];
  for (const thread of threads) thread.start();
  for (const thread of joined === 'all' ? threads : threads.slice(-1)) await thread.join();
  const alive = threads.filter((thread) => thread.isAlive).length;
  if (joined === 'all') prove('threads that are alive', alive, 0);
  print('all over');
});

if (isMain(import.meta)) {
  for (const joined of ['longer last', 'shorter last', 'all'] as const) {
    print(`-- ${joined}`);
    const run = new Process({ target: program, args: [joined] });
    run.start();
    await run.join();
  }
}
