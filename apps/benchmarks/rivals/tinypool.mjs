import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';

const filename = fileURLToPath(new URL('../harness/tasks.cjs', import.meta.url));

/** @param context `options.runtime`: 'worker_threads' or 'child_process'; `options.serialization` of the latter */
export function near({ workers, task, options: { runtime, serialization } }) {
  const size = { minThreads: workers, maxThreads: workers };
  const pool = new Tinypool({ filename, name: task, runtime, serialization, ...size });
  return {
    run: (argument) => pool.run(argument),
    runFor: (ms, argument) => pool.run(argument, { signal: AbortSignal.timeout(ms) }),
    close: () => pool.destroy(),
  };
}
