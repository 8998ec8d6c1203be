import { Pool } from '@mp/pool';
import { tasks } from './tasks.mjs';

/** @param context `options.kind`: 'process' or 'thread'; `options.recycles`: workers are replaced after some tasks */
export function near({ workers, task, recycleAfter, options }) {
  const run = tasks[task];
  const recycle = options.recycles ? { tasks: recycleAfter } : {};
  const pool = new Pool({ workers, kind: options.kind, recycle });
  return {
    run: (argument) => pool.apply(run, [argument]),
    runFor: (ms, argument) => pool.apply(run, [argument], { taskTimeout: ms }),
    map: (items) => pool.map(run, items),
    close: async () => {
      pool.close();
      await pool.join();
    },
  };
}
