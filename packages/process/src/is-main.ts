import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { threadState } from '@mp/core/internal';
import { type TaskHome, withoutQuery } from './task.ts';

/**
 * Whether this module is the script that the user started, in its first process: Python's
 * `if __name__ == '__main__'`. It is `false` in every process and thread that `@mp` started, so what stands behind
 * it is not done again when they import the module.
 *
 * @param where `import.meta`, or the `module` of CommonJS
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
  if (threadState.isChild || !isMainThread) return false;
  const here = moduleUrl(where);
  return here !== undefined && here === mainUrl();
}

/** URL of the script that `node` was started with, if there is one. */
export function mainUrl(): string | undefined {
  const script = process.argv[1];
  if (script === undefined) return undefined;
  try {
    return pathToFileURL(realpathSync(createRequire(pathToFileURL(`${process.cwd()}/`)).resolve(script)))
      .href;
  } catch {
    return undefined;
  }
}

function moduleUrl(where: TaskHome): string | undefined {
  if (typeof where === 'string' || where instanceof URL) return withoutQuery(String(where));
  if ('url' in where && typeof where.url === 'string') return withoutQuery(where.url);
  return 'filename' in where ? pathToFileURL(where.filename).href : undefined;
}
