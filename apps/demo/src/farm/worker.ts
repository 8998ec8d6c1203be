import { task } from '@mp/process';
import { connectTo, type Place, workerName } from './farm.ts';
import { countPrimes } from './primes.ts';

/**
 * Does jobs of the master at that place until there are none.
 *
 * @param stop ends it: the job that it has goes to another worker
 * @returns how many it has done
 */
export async function work(place: Place, authKey: string, stop?: AbortSignal): Promise<number> {
  const { manager, jobs, ledger } = await connectTo(place, authKey, stop);
  const close = () => void manager.close();
  stop?.addEventListener('abort', close);
  const worker = workerName(process.pid);
  let done = 0;
  try {
    stop?.throwIfAborted();
    for await (const lease of jobs.leases()) {
      const { id, from, to } = lease.value;
      await ledger.begin(id, worker, lease.attempt);
      const primes = countPrimes(from, to);
      // Both in one message: there is hardly a moment in which a death would have the job done twice.
      await Promise.all([ledger.finish(id, worker, primes), lease.ack()]);
      done++;
    }
    return done;
  } finally {
    stop?.removeEventListener('abort', close);
    await manager.close();
  }
}

/** A worker that the demonstration starts itself. It reaches the master as all others do: over TCP, with the key. */
export const farmWorker = task(import.meta, async function farmWorker(place: Place, authKey: string) {
  await work(place, authKey);
});
