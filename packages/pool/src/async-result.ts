import { WorkResult } from '@mp/core/internal';

/**
 * The result of work in a pool, now or later: `multiprocessing.pool.AsyncResult` of Python, and a thenable, so that
 * `await` gets the value.
 *
 * An error that nobody looks at is a process warning, never an `unhandledRejection`.
 *
 * @example
 * ```js
 * import { isMain, Pool, task } from '@mp/pool';
 *
 * export const square = task(import.meta, (x) => x * x);
 *
 * if (isMain(import.meta)) {
 *   const pool = new Pool({ workers: 1 });
 *   const result = pool.apply(square, [3]);
 *   console.log(await result.get({ timeout: 30_000 })); // 9
 *   console.log(result.successful); // true
 *   pool.close();
 *   await pool.join();
 * }
 * ```
 */
export class AsyncResult<T> extends WorkResult<T> {}
