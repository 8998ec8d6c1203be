import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';

const script = fileURLToPath(new URL('square-worker.mjs', import.meta.url));

/** @param context `options.workerType`: 'process' or 'thread' */
export function near({ workers, options }) {
  const pool = workerpool.pool(script, {
    minWorkers: workers,
    maxWorkers: workers,
    workerType: options.workerType,
  });
  return { run: (number) => pool.exec('square', [number]), close: () => pool.terminate() };
}
