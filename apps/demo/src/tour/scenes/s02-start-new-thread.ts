// Python's `thread.start_new_thread(f, args)`: a thread with nothing to be asked or told. Two of them count in step, by a
// barrier where the article sleeps; a third fails, and takes no other along. Its error is told on standard error.
import { Barrier } from '@mp/lock';
import { isMain, Thread, task } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'start_new_thread()',
  seed: '52–79',
  stderr: /^Thread-3:\nError: not caught\n/,
  proof({ lines }) {
    const ticks = lines.slice(0, -1);
    // No two lines of one tick are further apart than one line: the threads print in turns.
    const numbers = ticks.map((line) => Number(line.at(-1)));
    prove('the numbers', numbers, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    for (const name of ['Thread-1', 'Thread-2'])
      prove(`lines of ${name}`, ticks.filter((line) => line.startsWith(name)).length, 5);
    prove('the last line', lines.at(-1), 'the main thread goes on');
  },
};

export const printTime = task(import.meta, async (name: string, together: Barrier) => {
  for (let count = 1; count <= 5; count++) {
    await together.wait();
    print(`${name}: ${count}`);
  }
});

export const fail = task(import.meta, () => {
  throw new Error('not caught');
});

if (isMain(import.meta)) {
  const together = new Barrier(2);
  const threads = [
    new Thread({ target: printTime, args: ['Thread-1', together] }),
    new Thread({ target: printTime, args: ['Thread-2', together] }),
    new Thread({ target: fail }),
  ];
  for (const thread of threads) thread.start();
  const ids = threads.map(({ threadId }) => threadId);
  prove(
    'each has an id, which is not 0',
    ids.every((id) => id !== undefined && id !== 0),
    true,
  );
  prove('the ids differ', new Set(ids).size, 3);
  for (const thread of threads) await thread.join();
  print('the main thread goes on');
}
