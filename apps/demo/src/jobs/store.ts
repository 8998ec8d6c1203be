import { createHash } from 'node:crypto';
import { Lock } from '@mp/lock';
import { JoinableQueue } from '@mp/queue';
import type { Job } from './job.ts';
import { Ledger } from './ledger.ts';

/** A job that was delivered so often, and never done, has failed. */
export const MOST_ATTEMPTS = 10;

/**
 * The jobs of one directory: its ledger on disk, and a queue in shared memory that has the name of the directory. The queue
 * outlives every process, and after a restart of the machine, which empties shared memory, it is filled again from the
 * ledger.
 *
 * A process that changes both holds the lock. When it dies with the lock, the next one is told (`recovered`), and puts every job
 * without an outcome into the queue: some lie there twice then, which does no harm, as an outcome is recorded once.
 */
export class JobStore {
  readonly ledger: Ledger;
  readonly queue: JoinableQueue<Job>;
  readonly #lock: Lock;

  private constructor(ledger: Ledger, queue: JoinableQueue<Job>, lock: Lock) {
    this.ledger = ledger;
    this.queue = queue;
    this.#lock = lock;
  }

  static async open(directory: string): Promise<JobStore> {
    const name = `demo-jobs-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`;
    const lock = new Lock({ name: `${name}-lock` });
    return lock.with((guard) => {
      const ledger = new Ledger(directory);
      ledger.create();
      const queue = new JoinableQueue<Job>({ name, maxAttempts: MOST_ATTEMPTS });
      const store = new JobStore(ledger, queue, lock);
      store.#fill(guard.recovered || queue.created);
      return store;
    });
  }

  /** Adds jobs with the next numbers. */
  add(count: number): Promise<void> {
    return this.#lock.with((guard) => {
      const { added, queued } = this.ledger.counts;
      // First on disk: a process that is killed before the next line has added them, and the next one puts them.
      this.ledger.counts = { added: added + count, queued };
      this.#fill(guard.recovered);
    });
  }

  /** Waits until every job in the queue was done or has failed, and records the failures. */
  async drain(signal: AbortSignal | undefined): Promise<void> {
    do {
      await this.queue.join({ signal });
      await this.#recordFailures();
    } while (!this.queue.isEmpty);
  }

  /** How many jobs no worker has: they wait for one, or have failed, which is yet to be recorded. */
  get waiting(): number {
    return this.queue.size + this.queue.deadLetters.size;
  }

  close(): void {
    this.queue.close();
    this.#lock.close();
  }

  /**
   * Removes everything: queue, lock and files.
   *
   * @returns `false` when another process works on the jobs: then all is as before
   */
  async remove(): Promise<boolean> {
    const isRemoved = await this.#lock.with(() => {
      if (!this.queue.unlink()) return false;
      this.ledger.remove();
      return true;
    });
    if (isRemoved) this.#lock.unlink();
    else this.#lock.close();
    return isRemoved;
  }

  /** @param isUncertain whether it is not known what lies in the queue */
  #fill(isUncertain: boolean): void {
    const { added, queued } = this.ledger.counts;
    if (queued === added && !isUncertain) return;
    const outcomes = new Set(isUncertain ? this.ledger.ids() : []);
    const missing: Job[] = [];
    for (let id = isUncertain ? 1 : queued + 1; id <= added; id++)
      if (!outcomes.has(id)) missing.push({ id });
    // All or nothing; without limits it never waits.
    this.queue.putManySync(missing);
    this.ledger.counts = { added, queued: added };
  }

  /** A dead letter is gone from the queue when it is taken, so the lock tells the next process of a death before it is recorded. */
  #recordFailures(): Promise<void> {
    return this.#lock.with((guard) => {
      if (guard.recovered) this.#fill(true);
      const { deadLetters } = this.queue;
      for (let job = deadLetters.tryGet(); job !== undefined; job = deadLetters.tryGet()) {
        this.ledger.record(job.id, `failed in ${MOST_ATTEMPTS} attempts`);
      }
    });
  }
}
