import { Pool } from '@mp/pool';
import { tasks } from './tasks.mjs';

/** @param context `options.kind`: 'process' or 'thread' */
export function near({ workers, task, options }) {
  const run = tasks[task];
  const pool = new Pool({ workers, kind: options.kind });
  return {
    blocks: true,
    run: (argument) => pool.applySync(run, [argument]),
    close: async () => {
      pool.close();
      await pool.join();
    },
  };
}
