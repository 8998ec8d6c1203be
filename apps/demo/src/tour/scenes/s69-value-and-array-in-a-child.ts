// A child changes a number and an array, and the main process sees it: both are in memory that they share.
import { isMain, Process, task } from '@mp/process';
import { SharedArray, Value } from '@mp/shared';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Value and Array in a child',
  seed: '1942–1968',
  proof: ({ lines }) => prove('the lines', lines, ['3.14', '[5, 1, 2, 3, 4, 5, 6, 7, 8, 9]']),
};

export const f = task(import.meta, (n: Value<'d'>, a: SharedArray<'i'>) => {
  n.value = 3.14;
  a.set(0, 5);
});

if (isMain(import.meta)) {
  const num = new Value('d', 0.0);
  const arr = new SharedArray('i', Array(10).keys());

  const p = new Process({ target: f, args: [num, arr] });
  p.start();
  await p.join();

  console.log(String(num.value));
  console.log(`[${[...arr].join(', ')}]`);
}
