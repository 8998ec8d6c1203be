import type { Site } from '../site.ts';
import { sessionOf } from '../site.ts';
import { type ServeOptions, TaskServer } from './task-server.ts';

/**
 * Makes this machine one of those that do the work of a pool: it takes calls that are given by `site.pool(name)` anywhere, runs them
 * in a local pool, and answers.
 *
 * Only functions that are named in `tasks` are ever run: what comes by Redis names a function, and never brings one. Leases are
 * renewed by a thread, and tasks run in workers, so that a task that computes for long is not given to another machine meanwhile.
 * If this machine is cut off for `visibility` ms all the same, its tasks are told by `currentTask().signal`, and their results are
 * refused.
 *
 * @throws TypeError, RangeError on bad options
 *
 * @example
 * ```js
 * import { isMain, Pool, task } from '@mp/pool';
 * import { connectRedis, serveTasks } from '@mp/redis';
 *
 * export const double = task(import.meta, (x) => 2 * x);
 *
 * if (isMain(import.meta)) {
 *   const site = await connectRedis(process.env.REDIS_URL, { namespace: 'example' });
 *   const pool = new Pool({ workers: 1 });
 *   const server = serveTasks(site, 'doubles', { pool, tasks: [double] });
 *   console.log(await site.pool('doubles').apply(double, [21])); // 42
 *   await server.close();
 *   await site.close();
 *   pool.close();
 *   await pool.join();
 * }
 * ```
 */
export function serveTasks(site: Site, name: string, options: ServeOptions): TaskServer {
  return new TaskServer(sessionOf(site), name, options);
}
