import { pipe } from '@mp/pipe';
import { Process } from '@mp/process';
import type { Port } from './port.ts';
import { type Hits, serveRequests } from './worker.ts';

/** How long a worker may take to finish its requests. */
const GRACE_MS = 10_000;

/** The pause before the place of a dead worker is taken, twice as long after each death, and the longest. */
const PAUSE_MS = 100;
const PAUSE_MOST_MS = 5_000;
/** A worker that has lived so long was all right: the next pause is the shortest one again. */
const STEADY_MS = 10_000;

interface Worker {
  readonly child: Process;
  /** Whether it serves; `false`: it died before. */
  readonly isUp: Promise<boolean>;
  /** Another one has its place: it is not missed, and nobody follows it. */
  isRetired: boolean;
}

/** Keeps a number of workers serving on one port. */
export class Supervisor {
  readonly #port: Port;
  readonly #hits: Hits;
  readonly #workers = new Set<Worker>();
  readonly #pauses = new Set<NodeJS.Timeout>();
  #isEnding = false;
  #isRenewing = false;

  constructor(port: Port, hits: Hits) {
    this.#port = port;
    this.#hits = hits;
  }

  /** Starts workers. Resolves when all of them serve, or have died once. */
  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#begin(0).isUp));
  }

  /** The workers that are there, also those that are starting or ending. */
  get pids(): number[] {
    return [...this.#workers].map(({ child }) => child.pid as number);
  }

  /**
   * Replaces the workers one after the other. A new one serves before an old one is told to end: no request is lost. When a
   * new one cannot serve, the old ones that are left stay. Never rejects.
   */
  async renew(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    try {
      for (const old of [...this.#workers].filter(({ isRetired }) => !isRetired)) {
        if (this.#isEnding) return;
        // It may have died while others were replaced: then another one has its place already.
        if (this.#workers.has(old)) await this.#replace(old);
      }
    } catch (error) {
      if (!this.#isEnding) console.log(`the other workers are not replaced: ${(error as Error).message}`);
    } finally {
      this.#isRenewing = false;
    }
  }

  /** @throws Error when no new one can serve; then all is as before */
  async #replace(old: Worker): Promise<void> {
    let heir: Worker | undefined;
    // While both are there, the death of one leaves the place to the other: neither is missed.
    old.isRetired = true;
    try {
      heir = this.#begin(0);
      heir.isRetired = true;
      if (!(await heir.isUp) || !this.#workers.has(heir)) throw new Error('a new one died at its start');
      heir.isRetired = false;
      old.child.terminate({ grace: GRACE_MS });
    } catch (error) {
      old.isRetired = false;
      if (!this.#isEnding && !this.#workers.has(old)) this.#beginLater(1);
      throw error;
    }
  }

  /** Ends the workers when they have finished their requests. @returns whether all of them did so in time */
  async end(): Promise<boolean> {
    this.#isEnding = true;
    for (const pause of this.#pauses) clearTimeout(pause);
    const ending = [...this.#workers].map(({ child }) => child);
    for (const child of ending) child.terminate({ grace: GRACE_MS });
    for (const child of ending) await child.join();
    return ending.every(({ exitCode }) => exitCode !== -9);
  }

  /** @param deaths how many workers in a row died soon in the place that it takes */
  #begin(deaths: number): Worker {
    const [reader, writer] = pipe<'up'>({ duplex: false });
    const child = new Process({
      target: serveRequests,
      args: [this.#hits, writer],
      // Behind the standard streams, where the worker looks for it.
      stdio: ['ignore', 'inherit', 'inherit', this.#port.fd],
    });
    child.start();
    const isUp = reader.recv().then(
      () => true,
      () => false,
    );
    const worker = { child, isUp, isRetired: false };
    this.#workers.add(worker);
    void isUp.then((is) => {
      reader.close();
      if (is) console.log(`worker ${child.pid} serves`);
    });
    void this.#follow(worker, deaths);
    return worker;
  }

  /** Waits for the end of a worker, and has its place taken. Never rejects. */
  async #follow(worker: Worker, deaths: number): Promise<void> {
    const since = performance.now();
    await worker.child.join();
    this.#workers.delete(worker);
    if (this.#isEnding || worker.isRetired) return;
    const wasSteady = performance.now() - since >= STEADY_MS;
    const inARow = wasSteady ? 1 : deaths + 1;
    const pause = this.#beginLater(inARow);
    console.log(`worker ${worker.child.pid} ${endOf(worker.child)}: another one starts in ${pause} ms`);
  }

  /** Starts a worker after the pause for so many deaths in a row. @returns that pause, in ms */
  #beginLater(deaths: number): number {
    const pause = pauseAfter(deaths);
    const timer = setTimeout(() => {
      this.#pauses.delete(timer);
      this.#begin(deaths);
    }, pause);
    this.#pauses.add(timer);
    return pause;
  }
}

/** The pause after so many deaths in a row. */
export function pauseAfter(deaths: number): number {
  return Math.min(PAUSE_MS * 2 ** (deaths - 1), PAUSE_MOST_MS);
}

function endOf({ exitCode = 0 }: Process): string {
  return exitCode < 0 ? `was ended by signal ${-exitCode}` : `exited with code ${exitCode}`;
}
