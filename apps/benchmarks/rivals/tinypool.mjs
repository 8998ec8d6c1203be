import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';

const filename = fileURLToPath(new URL('square.mjs', import.meta.url));

/** @param context `options.runtime`: 'worker_threads' or 'child_process' */
export function near({ workers, options }) {
  const pool = new Tinypool({ filename, runtime: options.runtime, minThreads: workers, maxThreads: workers });
  return { run: (number) => pool.run(number), close: () => pool.destroy() };
}
