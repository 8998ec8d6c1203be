// The four modules of Python that the article begins with, what there is for each here, and the scenes that show it.
import { readdirSync } from 'node:fs';
import { isMain } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const MODULES: [python: string, here: string, scenes: string][] = [
  ['subprocess', 'child_process of Node', 'S29 S61'],
  ['signal', 'process.on() and process.kill() of Node, terminate() and kill() of a child', 'S22 S36 S37'],
  ['threading', 'Thread of @mp/process, and @mp/lock, @mp/queue, @mp/shared', 'S02 S08 S10 S16 S72'],
  [
    'multiprocessing',
    'Process of @mp/process, the same packages, and @mp/pipe, @mp/pool, @mp/manager',
    'S17 S19 S33 S65 S67',
  ],
];

export const scene: Scene = {
  title: 'Four modules of Python',
  seed: '17–21',
  proof: ({ lines }) => prove('the number of lines', lines.length, MODULES.length),
};

if (isMain(import.meta)) {
  const files = readdirSync(new URL('.', import.meta.url));
  for (const [python, here, scenes] of MODULES) {
    console.log(`${python}: ${here}: ${scenes}`);
    for (const id of scenes.toLowerCase().split(' ')) {
      prove(
        `there is ${id}`,
        files.some((file) => file.startsWith(`${id}-`)),
        true,
      );
    }
  }
}
