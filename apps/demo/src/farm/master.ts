import { setTimeout as delay } from 'node:timers/promises';
import { type ManagerServer, within } from '@mp/manager';
import { tableOf } from '../table.ts';
import { type Connected, connectTo, Farm, type Job, type Place } from './farm.ts';
import type { Report } from './ledger.ts';
import { sievePrimes } from './primes.ts';

/** Numbers of one job: enough to keep a worker busy for a moment. */
const RANGE = 1_000_000;

/** How long workers that have seen the end may take to leave. */
const LEAVE_MS = 5_000;
const LOOK_MS = 10;

/** Gives out jobs, to workers that come and go. */
export class Master {
  readonly #server: ManagerServer;
  readonly #own: Connected;

  private constructor(server: ManagerServer, own: Connected) {
    this.#server = server;
    this.#own = own;
  }

  /** @throws Error of the system when it cannot listen there */
  static async serve(place: Place, authKey: string): Promise<Master> {
    const server = await Farm.serve(place, { authKey });
    server.on('refused', (error) => console.log(`refused a worker: ${error.message}`));
    return new Master(server, await connectTo(server.address as Place, authKey));
  }

  /** Where workers find it. */
  get place(): Place {
    return this.#server.address as Place;
  }

  /** The ledger of the jobs, as any connected program has it. */
  get ledger(): Connected['ledger'] {
    return this.#own.ledger;
  }

  /** Gives out so many jobs, and waits until all have results and the workers have left. @param stop ends the wait */
  async run(jobs: number, stop: AbortSignal): Promise<Report> {
    const { jobs: queue, ledger } = this.#own;
    await queue.putMany(Array.from({ length: jobs }, (_, id): Job => jobOf(id)));
    // There will be no more: the loops of the workers end when all jobs are acknowledged.
    await queue.shutdown();
    await within(ledger, { signal: stop }).whenDone(jobs);
    const report = await ledger.report();
    await this.#own.manager.close();
    const end = performance.now() + LEAVE_MS;
    while (this.#server.clients > 0 && performance.now() < end) await delay(LOOK_MS);
    return report;
  }

  async close(): Promise<void> {
    await this.#own.manager.close();
    await this.#server.shutdown({ grace: 0 });
  }
}

function jobOf(id: number): Job {
  return { id, from: id * RANGE, to: (id + 1) * RANGE };
}

/** Says what was done. @returns whether it is right */
export function printReport(jobs: number, { results, primes, deliveries, byWorker }: Report): boolean {
  for (const line of tableOf(['worker', 'jobs'], byWorker)) console.log(line);
  console.log(`${jobs} jobs, ${deliveries} deliveries, ${results} results`);
  const right = sievePrimes(jobs * RANGE);
  const isRight = results === jobs && primes === right;
  const verdict = isRight ? 'as the sieve finds too' : `but the sieve finds ${right}`;
  console.log(`${primes} primes below ${jobs * RANGE}, ${verdict}`);
  return isRight;
}
