// Names of processes: two that are given, and a default one. It counts all children, so the third is Process-3, as in Python.
import { setTimeout as sleep } from 'node:timers/promises';
import { currentProcess, isMain, Process, task } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Names of processes',
  seed: '898–923',
  proof({ lines }) {
    for (const name of ['my_service', 'worker 1', 'Process-3']) {
      const own = lines.filter((line) => line.startsWith(name));
      prove(`what ${name} prints`, own, [`${name} Starting`, `${name} Exiting`]);
    }
    prove('the number of lines', lines.length, 6);
  },
};

export const worker = task(import.meta, async () => {
  const { name } = currentProcess();
  console.log(`${name} Starting`);
  await sleep(200);
  console.log(`${name} Exiting`);
});

export const myService = task(import.meta, async () => {
  const { name } = currentProcess();
  console.log(`${name} Starting`);
  await sleep(300);
  console.log(`${name} Exiting`);
});

if (isMain(import.meta)) {
  const service = new Process({ name: 'my_service', target: myService });
  const worker1 = new Process({ name: 'worker 1', target: worker });
  const worker2 = new Process({ target: worker }); // default name

  worker1.start();
  worker2.start();
  service.start();
}
