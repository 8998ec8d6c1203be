// One process, which the main process waits for.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMain, Process, task } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'One process',
  seed: '1213–1228',
  proof: ({ lines }) => prove('the lines', lines, ['hello', 'hello', 'hello', 'Sub-process done.']),
};

export const func = task(import.meta, async (msg: string) => {
  for (let i = 0; i < 3; i++) {
    console.log(msg);
    await sleep(100);
  }
});

if (isMain(import.meta)) {
  const p = new Process({ target: func, args: ['hello'] });
  p.start();
  await p.join();
  console.log('Sub-process done.');
}
