import { fileURLToPath } from 'node:url';
import { Worker } from 'jest-worker';

const script = fileURLToPath(new URL('../harness/tasks.cjs', import.meta.url));

/** @param context `options.kind`: 'process' or 'thread' */
export function near({ workers, task, options: { kind } }) {
  const pool = new Worker(script, {
    numWorkers: workers,
    exposedMethods: [task],
    enableWorkerThreads: kind === 'thread',
  });
  return { run: (argument) => pool[task](argument), close: () => pool.end() };
}
