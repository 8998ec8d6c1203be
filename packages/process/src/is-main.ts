import { thisThread, threadState } from '@mp/core/internal';
import { isMainModule } from './main-module.ts';
import { moduleUrl, type TaskHome } from './module-url.ts';
import { processState } from './state.ts';

/**
 * Whether this module is the script that the user started, in its first process: Python's
 * `if __name__ == '__main__'`. It is `false` in every process and thread that `@mp` started, so what stands behind
 * it is not done again when they import the module. A program without a file (`node -e`, `node - < file`) is main, too.
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
    processState().askedIsMain.add(here);
    return false;
  }
  return thisThread().isMain && isMainModule(here);
}
