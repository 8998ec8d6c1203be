// A join() inside the loop: one process after the other. The `__main__` guard that Python needs on Windows is isMain() here,
// and needed everywhere, as a child imports this module.
import { currentProcess, isMain, Process, task } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'One process after the other',
  seed: '1445–1488',
  proof({ lines }) {
    const wanted = [0, 1, 2, 3, 4].flatMap((number) => [
      `Process-${number + 1} starting`,
      `worker  ${number}`,
      'Process end.',
    ]);
    prove('the lines', lines, wanted);
  },
};

export const work = task(import.meta, (number: number) => {
  console.log(`${currentProcess().name} starting`);
  console.log(`worker  ${number}`);
});

if (isMain(import.meta)) {
  for (let i = 0; i < 5; i++) {
    const p = new Process({ target: work, args: [i] });
    p.start();
    await p.join();
    console.log('Process end.');
  }
}
