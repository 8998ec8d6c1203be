// A dict and a list that live in the process of a manager: a child changes them, the main process sees it. The process of the
// manager ends with the block that has it.
import { isMain, Manager, type RemoteDict, type RemoteList, task } from '@mp/manager';
import { activeChildren, Process } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'A manager',
  seed: '537–570',
  proof({ lines }) {
    prove('the lines', lines, [
      'name: king',
      'age: 100',
      'Job: python',
      '[9, 8, 7, 6, 5, 4, 3, 2, 1, 0]',
      'children before, in and after the block: 0 1 0',
    ]);
  },
};

export const f = task(import.meta, async (d: RemoteDict<string | number>, numbers: RemoteList<number>) => {
  await d.set('name', 'king');
  await d.set('age', 100);
  await d.set('Job', 'python');
  await numbers.reverse();
});

async function inBlock(): Promise<[number, RemoteDict<string | number>]> {
  await using man = await Manager.start();
  const running = activeChildren().length;
  const d = await man.dict<string | number>();
  const numbers = await man.list(Array(10).keys());

  const p = new Process({ target: f, args: [d, numbers] });
  p.start();
  await p.join();

  for (const [key, value] of await d.items()) console.log(`${key}: ${value}`);
  console.log(`[${(await numbers.toArray()).join(', ')}]`);
  return [running, d];
}

if (isMain(import.meta)) {
  const before = activeChildren().length;
  const [running, d] = await inBlock();
  console.log(`children before, in and after the block: ${before} ${running} ${activeChildren().length}`);
  const refusal = await d.size.catch((error: Error) => error.name);
  prove('the dict after the block', refusal, 'ClosedError');
}
