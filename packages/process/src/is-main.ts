import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { thisThread, threadState } from '@mp/core/internal';
import { moduleUrl, type TaskHome } from './module-url.ts';
import { processState } from './state.ts';

/**
 * Whether this module is the script that the user started, in its first process: Python's
 * `if __name__ == '__main__'`. It is `false` in every process and thread that `@mp` started, so what stands behind
 * it is not done again when they import the module.
 *
 * @param where `import.meta`, or the `module` of CommonJS
 * @throws TypeError when `where` is no module
 *
 * @example
 * ```js
 * import { isMain } from '@mp/process';
 *
 * if (isMain(import.meta)) {
 *   console.log('started by hand');
 * }
 * ```
 */
export function isMain(where: TaskHome): boolean {
  const here = moduleUrl(where, 'isMain()');
  if (threadState.isChild) {
    if (here === threadState.entry) processState().askedIsMain = true;
    return false;
  }
  return thisThread().isMain && here === mainUrl();
}

/** URL of the script that `node` was started with, if there is one. */
export function mainUrl(): string | undefined {
  const script = process.argv[1];
  if (script === undefined) return undefined;
  try {
    // As Node found it: the extension may have been left out, and links are followed.
    return pathToFileURL(realpathSync(createRequire(import.meta.url).resolve(resolve(script)))).href;
  } catch {
    return undefined;
  }
}
