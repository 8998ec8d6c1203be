import { Pool } from '@mp/pool';
import { serveTasks } from '@mp/redis';
import { sharedRedis } from '../harness/redis-server.mjs';
import { siteAt } from './redis.mjs';
import { tasks } from './tasks.mjs';

export function near(context) {
  return sharedRedis(context, async ({ where, task }) => {
    const site = await siteAt(where);
    const pool = site.pool('pool');
    return { run: (argument) => pool.apply(tasks[task], [argument]), close: () => site.close() };
  });
}

/** The machine that does the work. */
export async function far({ where }) {
  const site = await siteAt(where);
  const pool = new Pool({ workers: 2 });
  serveTasks(site, 'pool', { pool, tasks: Object.values(tasks), concurrency: 64 });
  return {};
}
