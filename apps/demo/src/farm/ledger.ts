import { EventEmitter, once } from 'node:events';

/** One job that was given to one worker. */
export interface Delivery {
  readonly job: number;
  readonly worker: string;
}

/** What was done in all. */
export interface Report {
  /** Jobs that have a result. */
  readonly results: number;
  /** The sum of these. */
  readonly primes: number;
  readonly deliveries: number;
  /** How many results each worker has entered. */
  readonly byWorker: readonly (readonly [worker: string, results: number])[];
}

/**
 * Which worker does which job, and its result. It lives in the process of the master, and says there what is entered.
 *
 * A lease of the queue brings each job to the end at least once; here it counts once, also when a worker that was cut off
 * for a while enters the result of a job that another one has done since.
 */
export class Ledger {
  readonly #deliveries: Delivery[] = [];
  readonly #results = new Map<number, { worker: string; primes: number }>();
  readonly #news = new EventEmitter().setMaxListeners(0);
  #held = 0;

  /** From now on the worker of the delivery of that number, from 1, keeps its job: {@link begin} never answers it. */
  hold(number: number): void {
    this.#held = number;
  }

  /** A worker has a job, for its first time or again. It does it when this resolves. */
  async begin(job: number, worker: string, attempt: number): Promise<void> {
    const number = this.#deliveries.push({ job, worker });
    if (attempt > 1) console.log(`job ${job} is given again: to ${worker}`);
    this.#news.emit('entry');
    if (number === this.#held) await new Promise(() => {});
  }

  /** A worker has done it. */
  finish(job: number, worker: string, primes: number): void {
    if (this.#results.has(job)) return;
    this.#results.set(job, { worker, primes });
    console.log(`job ${job}: ${primes} primes, by ${worker}`);
    this.#news.emit('entry');
  }

  /** Waits for the delivery of that number, from 1. */
  async whenBegun(number: number): Promise<Delivery> {
    while (this.#deliveries.length < number) await once(this.#news, 'entry');
    return this.#deliveries[number - 1];
  }

  /** Waits until so many jobs have a result. */
  async whenDone(jobs: number): Promise<void> {
    while (this.#results.size < jobs) await once(this.#news, 'entry');
  }

  report(): Report {
    const results = [...this.#results.values()];
    const byWorker = new Map(this.#deliveries.map(({ worker }) => [worker, 0]));
    for (const { worker } of results) byWorker.set(worker, (byWorker.get(worker) ?? 0) + 1);
    return {
      results: results.length,
      primes: results.reduce((sum, { primes }) => sum + primes, 0),
      deliveries: this.#deliveries.length,
      byWorker: [...byWorker],
    };
  }
}
