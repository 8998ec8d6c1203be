import type { RWLock } from '@mp/lock';
import { task } from '@mp/process';
import type { JoinableQueue, Queue } from '@mp/queue';
import { compute, type Job } from './job.ts';
import { Ledger } from './ledger.ts';

/** What a worker tells of a job. */
export interface News {
  pid: number;
  id: number;
  /** 1, and more when a worker died with the job. */
  attempt: number;
  /** `was done`: it was delivered, but done already, by a worker that died before it could say so. */
  event: 'delivered' | 'recorded' | 'was done';
}

/** How the show watches the workers of a program that it may kill. */
export interface Watch {
  news: Queue<News>;
  /** Each worker reads for as long as it lives. */
  lives: RWLock;
}

/**
 * Works on jobs until it is ended.
 *
 * The queue delivers each job at least once: again when a worker dies before it acknowledges. The effect is there exactly
 * once, because recording it a second time does nothing.
 */
export const workOnJobs = task(
  import.meta,
  async function workOnJobs(queue: JoinableQueue<Job>, directory: string, watch: Watch | null) {
    const ledger = new Ledger(directory);
    const life = await watch?.lives.read();
    for await (const lease of queue.leases()) {
      const job = lease.value;
      const tell = async (event: News['event']) => {
        await watch?.news.put({ pid: process.pid, id: job.id, attempt: lease.attempt, event });
      };
      if (ledger.has(job.id)) {
        await tell('was done');
        lease.ack();
        continue;
      }
      await tell('delivered');
      let result: string;
      try {
        result = compute(job);
      } catch {
        lease.retry();
        continue;
      }
      // Another one may have recorded it meanwhile, also as failed: its outcome stays, and is not ours to judge.
      if (ledger.record(job.id, `done ${result}`)) {
        await tell('recorded');
        // Not in vain for the show: a worker can also be killed here, between the effect and the acknowledgement.
        if (ledger.outcomeOf(job.id) !== `done ${compute(job)}`)
          throw new Error(`Job ${job.id} has a wrong result`);
      }
      lease.ack();
    }
    life?.release();
  },
);
