import { fileURLToPath } from 'node:url';
import { createSyncFn } from 'synckit';

/** One thread, which ends with the program. */
export function near() {
  const run = createSyncFn(fileURLToPath(new URL('synckit-worker.mjs', import.meta.url)));
  return { blocks: true, run, close: () => {} };
}
