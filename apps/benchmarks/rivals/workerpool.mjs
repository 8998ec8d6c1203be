import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';

const script = fileURLToPath(new URL('workerpool-worker.mjs', import.meta.url));

/** @param context `options.workerType`: 'process' or 'thread'; `options.serialization` of the former */
export function near({ workers, task, options: { workerType, serialization } }) {
  const pool = workerpool.pool(script, {
    minWorkers: workers,
    maxWorkers: workers,
    workerType,
    forkOpts: { serialization },
  });
  return {
    run: (argument) => pool.exec(task, [argument]),
    runFor: (ms, argument) => pool.exec(task, [argument]).timeout(ms),
    close: () => pool.terminate(),
  };
}
