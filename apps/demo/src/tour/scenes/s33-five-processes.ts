// Five processes, each with its number. As in Python the program ends when its children have ended, also without a join().
import { isMain, Process, task } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Five processes',
  seed: '881–894',
  proof({ lines }) {
    const numbers = [0, 1, 2, 3, 4];
    prove(
      'each number is printed once',
      lines.sort(),
      numbers.map((number) => `Worker: ${number}`),
    );
  },
};

export const worker = task(import.meta, (number: number) => console.log(`Worker: ${number}`));

if (isMain(import.meta)) {
  const jobs = [0, 1, 2, 3, 4].map((number) => new Process({ target: worker, args: [number] }));
  for (const job of jobs) job.start();
  prove('each has a pid of its own', new Set(jobs.map(({ pid }) => pid)).size, 5);
}
