import { BrokenPoolError, ClosedError, WorkerDiedError } from '@mp/core';
import { type Carrier, HEADER_BYTES, Segment, segmentCarrier } from '@mp/core/internal';
import type { Process } from '@mp/process';
import type { Ending } from '@mp/process/internal';
import { dropMessage, encode } from '@mp/serde/internal';
import type { Job } from './job.ts';
import { PoolWorker, type PoolWorkerEvents } from './pool-worker.ts';
import type { PoolStats } from './stats.ts';
import { lastLines } from './stderr-file.ts';

/** A worker gets so many jobs ahead as it does in this time, so that it never waits for the next. */
const AHEAD_US = 2_000;
const AHEAD_MOST = 64;

/** How often an idle worker may look for jobs that another has not begun. */
const SHARE_MS = 5;

/**
 * So many workers in a row that ended before they came up, and the pool gives up. After the first of them it starts
 * probes: workers without jobs whose standard error is kept, so that the pool can say why. One that comes up makes room
 * for a worker.
 */
const FAILED_STARTS_MOST = 3;

/** When a worker could not be made for want of memory, descriptors or processes, it is tried again after this. */
const RETRY_MS = 1_000;

/** The workers of a pool, and which of them does which job. */
export class Scheduler implements PoolWorkerEvents {
  readonly size: number;
  readonly #workers = new Set<PoolWorker>();
  #waiting: Job[] = [];
  #next = 0;
  #named = 0;
  #state: 'open' | 'closing' | 'terminated' = 'open';
  #broken: BrokenPoolError | undefined;
  #failedStarts = 0;
  /** Iterations that will give more jobs: each is told by a call to give all of them, whether results are taken or not. */
  readonly #feeders = new Set<() => void>();
  /** µs that a job takes, smoothed; unknown at first. */
  #usual = AHEAD_US;
  #sharing: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #pins: Segment | undefined;
  readonly #carrier: Carrier;

  constructor(size: number) {
    this.size = size;
    this.#carrier = this.#lazyCarrier();
    try {
      while (this.#workers.size < size) this.#startWorker();
    } catch (error) {
      this.terminate(0);
      throw error;
    }
  }

  get closing(): boolean {
    return this.#state !== 'open';
  }

  get processes(): Process<never>[] {
    return [...this.#workers].map((worker) => worker.process as unknown as Process<never>);
  }

  /** Encodes what a job carries; the handles in it stay pinned until the job has been received. */
  encode(values: readonly unknown[], root: string): Pick<Job, 'bytes' | 'pins'> {
    const { bytes, pins } = encode(values, this.#carrier, root);
    return { bytes: new Uint8Array(bytes), pins };
  }

  submit(job: Job): void {
    const refusal = this.#broken ?? (this.#state === 'terminated' ? terminated() : undefined);
    if (refusal !== undefined) {
      this.#drop(job, refusal);
      return;
    }
    if (this.#next === this.#waiting.length) {
      const worker = this.#freest();
      if (worker !== undefined) {
        this.#send(worker, job);
        return;
      }
    }
    this.#waiting.push(job);
  }

  /** Jobs will come, also after {@link close}, until {@link endFeeding}. */
  beginFeeding(feedAll: () => void): void {
    this.assertOpen();
    this.#feeders.add(feedAll);
  }

  endFeeding(feedAll: () => void): void {
    this.#feeders.delete(feedAll);
    if (this.#state === 'closing') this.#endIdle();
  }

  /** Somebody waits for the end of a closed pool: that must not depend on those that take results. */
  feedAll(): void {
    if (this.#state === 'closing') for (const feedAll of this.#feeders) feedAll();
  }

  assertOpen(): void {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#state !== 'open')
      throw new ClosedError(
        `Cannot give work to the pool: it was ${this.#state === 'closing' ? 'closed' : 'terminated'}`,
      );
  }

  close(): void {
    if (this.#state === 'open') this.#state = 'closing';
    this.#endIdle();
  }

  terminate(grace: number): void {
    this.#state = 'terminated';
    clearInterval(this.#sharing);
    this.#rejectWaiting(terminated());
    for (const worker of this.#workers) worker.terminate(grace);
  }

  stats(): PoolStats {
    let pending = this.#waiting.length - this.#next;
    const workers = [...this.#workers].map((worker) => {
      pending += worker.load;
      return { pid: worker.process.pid, done: worker.answered, running: worker.running };
    });
    return { workers, pending };
  }

  took(microseconds: number): void {
    this.#usual += (microseconds - this.#usual) / 8;
  }

  progress(worker: PoolWorker): void {
    if (worker.ready) this.#failedStarts = 0;
    this.#dispatch();
    if (this.#state === 'closing' || this.#broken !== undefined) this.#endIdle();
  }

  ended(worker: PoolWorker, begun: Job[], unbegun: Job[], ending: Ending): void {
    this.#workers.delete(worker);
    const wasTerminated = this.#state === 'terminated';
    for (const job of begun)
      this.#drop(job, wasTerminated ? terminated() : diedIn(job, worker.process, ending));
    this.#waiting = [...unbegun, ...this.#waiting.slice(this.#next)];
    this.#next = 0;
    const failed = !wasTerminated && !worker.ready;
    if (failed && ++this.#failedStarts >= FAILED_STARTS_MOST && worker.isProbe) {
      this.#break(`the last one ${endOf(ending)} before it was up`, worker.process.error, worker.stderr);
    }
    if (wasTerminated) this.#rejectWaiting(terminated());
    else if (this.#broken !== undefined) this.#rejectWaiting(this.#broken);
    else this.#refill();
    this.#dispatch();
    if (this.#state === 'closing') this.#endIdle();
    this.#letGo();
  }

  /** Takes the places of workers that are gone. */
  #refill(): void {
    const mayGrow = this.#state === 'open' || this.#waiting.length > this.#next || this.#feeders.size > 0;
    if (!mayGrow) return;
    try {
      while (this.#workers.size < this.size) this.#startWorker();
    } catch (error) {
      // The others go on; there may be room for one later.
      if (this.#workers.size > 0) this.#retry ??= setTimeout(() => this.#retryStart(), RETRY_MS).unref();
      else this.#break('there is none left', error);
    }
  }

  #retryStart(): void {
    this.#retry = undefined;
    if (this.#state === 'terminated' || this.#broken !== undefined) return;
    this.#refill();
    this.#dispatch();
  }

  #startWorker(): void {
    this.#workers.add(new PoolWorker(`PoolWorker-${++this.#named}`, this, this.#failedStarts > 0));
  }

  #break(how: string, cause: unknown, stderr = ''): void {
    // That it ended, without more, is said already.
    const isKnown = cause instanceof Error && !(cause instanceof WorkerDiedError);
    const why = isKnown ? cause.message : lastLines(stderr);
    const message = `The pool cannot start workers, ${how}${why === '' ? '' : `: ${why}`}`;
    this.#broken = new BrokenPoolError(message, { cause, stderr: stderr === '' ? undefined : stderr });
    this.#rejectWaiting(this.#broken);
    this.#endIdle();
  }

  #send(worker: PoolWorker, job: Job): void {
    try {
      worker.send(job);
    } catch (error) {
      this.#drop(job, error);
      return;
    }
    if (worker.load > 1 || !worker.ready) this.#share();
  }

  #drop(job: Job, error: unknown): void {
    job.pins.drop();
    // Sent before, to a worker that did not get to it.
    dropMessage(job.bytes, this.#carrier);
    job.fail(error);
  }

  #dispatch(): void {
    while (this.#next < this.#waiting.length) {
      const worker = this.#freest();
      if (worker === undefined) break;
      this.#send(worker, this.#waiting[this.#next++]);
    }
    if (this.#next > 0 && (this.#next === this.#waiting.length || this.#next > 1024)) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
  }

  /** The worker with the fewest jobs, if it may have one more. */
  #freest(): PoolWorker | undefined {
    const ahead = Math.min(AHEAD_MOST, Math.max(1, Math.floor(AHEAD_US / Math.max(this.#usual, 1))));
    let best: PoolWorker | undefined;
    for (const worker of this.#workers) {
      if (!worker.accepts || worker.load >= ahead) continue;
      if (best === undefined || worker.load < best.load) best = worker;
    }
    return best;
  }

  /** Watches, while jobs were sent ahead, that none waits behind a slow one while somebody is idle. */
  #share(): void {
    this.#sharing ??= setInterval(() => this.#shareNow(), SHARE_MS).unref();
  }

  #shareNow(): void {
    let ahead = false;
    let idle = false;
    for (const worker of this.#workers) {
      if (worker.load > 1 || (worker.load === 1 && !worker.ready)) ahead = true;
      if (worker.load === 0 && worker.ready && worker.accepts) idle = true;
    }
    if (!ahead) {
      clearInterval(this.#sharing);
      this.#sharing = undefined;
      return;
    }
    if (!idle) return;
    for (const worker of this.#workers) {
      if (worker.load === 0) continue;
      const jobs = worker.takeBack();
      if (jobs.length === 0) continue;
      this.#usual = AHEAD_US;
      this.#waiting = [...jobs, ...this.#waiting.slice(this.#next)];
      this.#next = 0;
      this.#dispatch();
      return;
    }
  }

  #endIdle(): void {
    if (this.#next < this.#waiting.length || (this.#feeders.size > 0 && this.#broken === undefined)) return;
    for (const worker of this.#workers) if (worker.load === 0) worker.end();
  }

  #rejectWaiting(error: Error): void {
    const jobs = this.#waiting.slice(this.#next);
    this.#waiting = [];
    this.#next = 0;
    for (const job of jobs) this.#drop(job, error);
  }

  /** The last worker of a closed pool is gone: nobody needs the pins any more. */
  #letGo(): void {
    if (this.#workers.size > 0 || this.#state === 'open') return;
    clearInterval(this.#sharing);
    clearTimeout(this.#retry);
    this.#pins?.close();
  }

  /** Pins live in a segment that is made at the first handle: most pools never send one. */
  #lazyCarrier(): Carrier {
    let made: Carrier | undefined;
    const carrier = () => {
      if (made === undefined) {
        this.#pins = Segment.create({ kind: 'pool', version: 1, size: HEADER_BYTES });
        made = segmentCarrier(this.#pins);
      }
      return made;
    };
    return { local: true, pin: (file) => carrier().pin(file), unpin: (pin) => carrier().unpin(pin) };
  }
}

function terminated(): ClosedError {
  return new ClosedError('The pool was terminated before this task was done');
}

function endOf({ exitCode, signal }: Ending): string {
  return signal === undefined ? `exited with code ${exitCode}` : `was killed by ${signal}`;
}

function diedIn(
  job: Job,
  worker: { pid: number | undefined; error: unknown },
  ending: Ending,
): WorkerDiedError {
  const { exitCode, signal } = ending;
  const death = {
    pid: worker.pid ?? 0,
    exitCode: signal ? undefined : exitCode,
    signal,
    task: job.task.name,
  };
  const message = `The worker with pid ${death.pid} ${endOf(ending)} while it ran ${job.task.name}`;
  return new WorkerDiedError(message, death, { cause: worker.error });
}
