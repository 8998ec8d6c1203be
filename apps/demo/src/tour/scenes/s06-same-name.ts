// Twenty threads of one name, which is for people: their ids differ. The article prints the name of `t`, the thread that
// was started last, which is the same only because all have one name; here each tells its own.
import { currentProcess, isMain, Thread, task } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const NUMBERS = Array.from({ length: 20 }, (_, index) => index);

export const scene: Scene = {
  title: 'Twenty threads of one name',
  seed: '168–181',
  proof({ lines }) {
    const said = NUMBERS.map((number) => `The num is  ${number}`);
    prove('the lines', lines.sort(), [...said, ...Array(20).fill('testThread')].sort());
  },
};

export const worker = task(import.meta, (num: number) => {
  print(`The num is  ${num}`);
  print(currentProcess().name);
});

if (isMain(import.meta)) {
  const threads = NUMBERS.map((num) => new Thread({ target: worker, args: [num], name: 'testThread' }));
  for (const thread of threads) thread.start();
  prove('ids', new Set(threads.map(({ threadId }) => threadId)).size, 20);
}
