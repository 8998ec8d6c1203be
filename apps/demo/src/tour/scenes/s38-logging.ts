// What the library itself logs to standard error, in the words of Python. The logger is the package's own: it has levels and
// one place to write to, and no handlers.
import { getLogger, isMain, logToStderr, Process, task } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const LOG = [
  '[INFO/Process-1] child process calling self.run()',
  '[INFO/Process-1] process shutting down',
  '[INFO/Process-1] process exiting with exitcode 0',
  '[INFO/MainProcess] process shutting down',
];

export const scene: Scene = {
  title: 'The log of processes',
  seed: '1028–1047',
  stderr: /^\[INFO/,
  proof({ lines, stderr }) {
    prove('the lines', lines, ['Doing some work']);
    prove('the log', stderr, `${LOG.join('\n')}\n`);
  },
};

export const worker = task(import.meta, () => console.log('Doing some work'));

if (isMain(import.meta)) {
  logToStderr();
  getLogger().level = 'info';
  const p = new Process({ target: worker });
  p.start();
  await p.join();
}
