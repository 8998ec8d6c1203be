import { Process, task } from '@mp/process';
import { JobStore } from './store.ts';
import { type Watch, workOnJobs } from './worker.ts';

/** How jobs are worked on. */
export interface SuperviseOptions {
  directory: string;
  workers: number;
  /** Ends it early; jobs without an outcome stay in the queue. */
  signal?: AbortSignal | undefined;
  watch?: Watch | undefined;
}

/**
 * Keeps workers running until all jobs of the directory have an outcome. A worker that is killed is started again.
 *
 * @returns how often that was
 * @throws Error when a worker has ended by itself
 */
export async function supervise({ directory, workers, signal, watch }: SuperviseOptions): Promise<number> {
  const store = await JobStore.open(directory);
  const running = new Set<Process>();
  let isOver = false;
  let restarts = 0;

  async function keepOne(): Promise<void> {
    for (;;) {
      const worker = new Process({ target: workOnJobs, args: [store.queue, directory, watch ?? null] });
      worker.start();
      running.add(worker);
      await worker.join();
      running.delete(worker);
      if (isOver) return;
      const { exitCode = 0 } = worker;
      // It would end in the same way again.
      if (exitCode >= 0)
        throw new Error(`${worker.name} ended with exit code ${exitCode}`, { cause: worker.error });
      restarts++;
    }
  }

  const crew = Array.from({ length: workers }, keepOne);
  try {
    await Promise.race([store.drain(signal), Promise.all(crew)]);
  } finally {
    isOver = true;
    // At this point they hold no job, or give it back by their end.
    for (const worker of running) worker.terminate();
    await Promise.allSettled(crew);
    store.close();
  }
  return restarts;
}

/** The same as a process of its own, for the show. */
export const superviseJobs = task(
  import.meta,
  async function superviseJobs(directory: string, workers: number, watch: Watch) {
    await supervise({ directory, workers, watch });
  },
);
