import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FixedClusterPool, FixedThreadPool } from 'poolifier';

const script = fileURLToPath(new URL('poolifier-worker.cjs', import.meta.url));
const POOLS = { process: FixedClusterPool, thread: FixedThreadPool };

/** @param context `options.kind`: 'process' or 'thread'; `options.serialization` of the former */
export function near({ workers, task, options: { kind, serialization } }) {
  const settings = serialization && { settings: { serialization } };
  const pool = new POOLS[kind](workers, script, { ...settings });
  return {
    run: (argument) => pool.execute(argument, task),
    runFor: (ms, argument) => pool.execute(argument, task, AbortSignal.timeout(ms)),
    map: (items) => pool.mapExecute(items, task),
    // Of threads it settles only most of the time.
    close: () => Promise.race([pool.destroy(), pause(1000)]),
  };
}
