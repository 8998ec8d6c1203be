// A class of processes with a run() of its own. Their names come from the class; the class has to be a task.
import { isMain, Process, task } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'A class of processes',
  seed: '1049–1069',
  proof({ lines }) {
    const numbers = [1, 2, 3, 4, 5];
    prove(
      'the lines',
      lines.sort(),
      numbers.map((number) => `In Worker-${number}`),
    );
  },
};

export class Worker extends Process {
  override run() {
    console.log(`In ${this.name}`);
  }
}

task(import.meta, Worker);

if (isMain(import.meta)) {
  const jobs: Process[] = [];
  for (let i = 0; i < 5; i++) {
    const p = new Worker();
    jobs.push(p);
    p.start();
  }
  for (const job of jobs) await job.join();
  prove(
    'their exit codes',
    jobs.map(({ exitCode }) => exitCode),
    [0, 0, 0, 0, 0],
  );
}
