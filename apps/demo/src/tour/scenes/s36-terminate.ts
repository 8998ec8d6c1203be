// The state of a process before, while and after it is terminated: it changes with join(), which waits until it has ended.
// Its exit code says which signal ended it.
import { isMain, Process, task } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Terminating a process',
  seed: '963–987',
  proof({ lines }) {
    prove('the lines', lines, [
      'BEFORE: false',
      'DURING: true',
      'TERMINATED',
      'JOINED: false',
      'exitcode -15',
    ]);
  },
};

export const slowWorker = task(import.meta, async () => {
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  console.log('Finished worker');
});

if (isMain(import.meta)) {
  const p = new Process({ target: slowWorker });
  console.log(`BEFORE: ${p.isAlive}`);
  prove('its exit code before', p.exitCode, undefined);

  p.start();
  console.log(`DURING: ${p.isAlive}`);

  p.terminate();
  console.log('TERMINATED');
  prove('its exit code when it was only asked to end', p.exitCode, undefined);

  await p.join();
  console.log(`JOINED: ${p.isAlive}`);
  console.log(`exitcode ${p.exitCode}`);
}
