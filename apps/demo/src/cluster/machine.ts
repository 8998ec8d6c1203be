import { join } from 'node:path';
import { task } from '@mp/process';
import { connectRedis } from '@mp/redis';
import { readLog } from '../logs/read-log.ts';
import { type Counted, sharedOf } from './shared.ts';

/** So many logs are read at the same time. */
const AT_ONCE = 2;

/** What a machine is told. */
export interface Orders {
  readonly url: string;
  readonly namespace: string;
  /** Where the logs are, on every machine: a string of bytes. */
  readonly root: string;
  /** The machine that gets the delivery of this number is killed with it. */
  readonly fatal: number;
}

/** Reads logs until there are no more. It knows nothing of the others but the Redis. */
export const machine = task(import.meta, async function machine(orders: Orders): Promise<void> {
  // Ctrl-C reaches all processes of a terminal. The main program ends the machines.
  process.on('SIGINT', () => {});
  const site = await connectRedis(orders.url, { namespace: orders.namespace });
  const { files, results, deliveries, doomed, isDoomed } = sharedOf(site);
  const work = async () => {
    for await (const lease of files.leases()) {
      if ((await deliveries.add(1)) === orders.fatal) {
        await doomed.set(process.pid);
        await isDoomed.set();
        await new Promise(() => {});
      }
      // The result first, and the same on each machine: a log that is delivered twice has one result.
      await results.set(lease.value, await count(join(orders.root, lease.value)));
      await lease.ack();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await site.close();
});

/** Also a log that cannot be read has a result. */
export async function count(path: string): Promise<Counted> {
  try {
    const { lines, bytes, entries } = await readLog(path, new AbortController().signal);
    return { lines, bytes, entries };
  } catch (error) {
    return { lines: 0, bytes: 0, entries: 0, problem: (error as Error).message };
  }
}
