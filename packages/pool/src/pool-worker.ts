import { Channel, thisAgent } from '@mp/core/internal';
import { Process } from '@mp/process';
import type { Ending } from '@mp/process/internal';
import { decode, encode } from '@mp/serde/internal';
import type { Job } from './job.ts';
import {
  COUNT_MASK,
  DEFINE,
  END,
  FAILURE,
  flagsOf,
  GATE,
  kindOf,
  numberOf,
  READY,
  REVOKED,
  RING_BYTES,
  UPTO,
} from './protocol.ts';
import { StderrFile } from './stderr-file.ts';
import { work } from './worker.ts';

/** What a worker tells its pool. */
export interface PoolWorkerEvents {
  /** Jobs ended, or it became ready: there may be room for more. */
  progress(worker: PoolWorker): void;
  /** A job ended and took so many µs. */
  took(microseconds: number): void;
  /** It has ended with these jobs begun, and these not. */
  ended(worker: PoolWorker, begun: Job[], unbegun: Job[], ending: Ending): void;
}

const NOTHING = new Uint8Array(0);

/** A worker process as its pool sees it: what was sent to it, and what came back. */
export class PoolWorker {
  readonly process: Process<[channel: Channel, owner: number]>;
  /** What it writes to standard error, when it is a probe. */
  readonly #stderr: StderrFile | undefined;
  readonly #channel: Channel;
  readonly #events: PoolWorkerEvents;
  readonly #defined = new Set<number>();
  /** Sent and not answered, in order. The first may have been begun. */
  #jobs: Job[] = [];
  #first = 0;
  #sent = 0;
  #answered = 0;
  #ready = false;
  #ending = false;
  #ended = false;
  #seenBegun = -1;

  /** @param isProbe whether it is started to learn why others ended before they were up: it gets no jobs */
  constructor(name: string, events: PoolWorkerEvents, isProbe: boolean) {
    this.#events = events;
    this.#channel = Channel.create(RING_BYTES);
    // Jobs wait for a probe without being sent to it.
    this.#channel.line.keepsAlive = isProbe;
    try {
      this.#stderr = isProbe ? new StderrFile() : undefined;
      this.process = new Process({
        target: work,
        args: [this.#channel, thisAgent().id],
        name,
        daemon: true,
        stdio: this.#stderr && ['ignore', 'inherit', this.#stderr.descriptor],
      });
      this.process.start();
    } catch (error) {
      this.#stderr?.close();
      this.#channel.close();
      throw error;
    }
    this.process.onEnd((ending) => this.#end(ending));
    this.#listen();
  }

  /** Whether it was started to learn why others ended before they were up. */
  get isProbe(): boolean {
    return this.#stderr !== undefined;
  }

  /** The end of what it wrote to standard error, when it was a probe. */
  get stderr(): string {
    return this.#stderr?.tail ?? '';
  }

  /** Whether it came up. */
  get ready(): boolean {
    return this.#ready;
  }

  /** How many jobs it has that are not answered. */
  get load(): number {
    return this.#jobs.length - this.#first;
  }

  /** How many jobs it answered. */
  get answered(): number {
    return this.#answered;
  }

  /** Whether it takes jobs. */
  get accepts(): boolean {
    return (
      !this.isProbe &&
      !this.#ending &&
      !this.#ended &&
      (Atomics.load(this.#channel.words, GATE) & REVOKED) === 0
    );
  }

  /** The name of the task that it has begun and not ended. */
  get running(): string | undefined {
    return this.#hasBegun() ? this.#jobs[this.#first]?.task.name : undefined;
  }

  send(job: Job): void {
    const { task } = job;
    if (!this.#defined.has(task.number)) {
      this.#channel.send(encode(task.ref, this.#channel.carrier).bytes, flagsOf(DEFINE, task.number));
      this.#defined.add(task.number);
    }
    this.#channel.send(job.bytes, flagsOf(job.kind, task.number));
    job.pins.sent();
    this.#sent = (this.#sent + 1) & COUNT_MASK;
    if (this.#jobs.push(job) - this.#first === 1) this.#channel.line.keepsAlive = true;
  }

  /**
   * Takes back the jobs that it has not begun since the last call of this: somebody else has time for them.
   *
   * @returns them, in order
   */
  takeBack(): Job[] {
    if (this.#ended) return [];
    const words = this.#channel.words;
    const gate = Atomics.load(words, GATE);
    const begun = gate >>> 1;
    if ((gate & REVOKED) !== 0 || begun === this.#sent) return [];
    if (begun !== this.#seenBegun) {
      this.#seenBegun = begun;
      return [];
    }
    Atomics.store(words, UPTO, this.#sent);
    if (Atomics.compareExchange(words, GATE, gate, gate | REVOKED) !== gate) return [];
    return this.#removeUnbegun(begun);
  }

  /** Lets it finish what it has, and end. */
  end(): void {
    if (this.#ending || this.#ended) return;
    this.#ending = true;
    this.#channel.send(NOTHING, flagsOf(END, 0));
  }

  /** Ends it in the middle of what it does; `grace` as for a process. */
  terminate(grace: number): void {
    this.#ending = true;
    if (!this.#ended) this.process.terminate({ grace });
  }

  /** Waits for what it sends, as long as it lives. */
  #listen(): void {
    this.#channel.line
      .wait(() => this.#drain() || undefined, Infinity)
      .then(
        () => this.#ended || this.#listen(),
        // Its messages cannot be read any more: no answer will come.
        () => this.#ended || this.process.kill(),
      );
  }

  /** @returns whether anything was there */
  #drain(): boolean {
    const channel = this.#channel;
    let any = false;
    for (let record = channel.peek(); record !== undefined; record = channel.peek()) {
      any = true;
      const kind = kindOf(record.flags);
      if (kind === READY) {
        channel.take(record);
        this.#ready = true;
        if (this.isProbe) this.end();
        continue;
      }
      let value: unknown;
      let failed = kind === FAILURE;
      try {
        const bytes = record.source.subarray(record.start, record.end);
        if (bytes.length > 0) value = decode(bytes, channel.carrier);
      } catch (error) {
        value = error;
        failed = true;
      }
      const took = numberOf(record.flags);
      channel.take(record);
      this.#answered++;
      const job = this.#shift();
      this.#events.took(took);
      if (failed) job?.fail(value);
      else job?.settle(value);
    }
    if (any) this.#events.progress(this);
    return any;
  }

  #shift(): Job | undefined {
    const job = this.#jobs[this.#first];
    this.#jobs[this.#first++] = undefined as never;
    if (this.#first === this.#jobs.length) {
      this.#jobs = [];
      this.#first = 0;
      this.#channel.line.keepsAlive = false;
    } else if (this.#first > 1024 && this.#first * 2 > this.#jobs.length) {
      this.#jobs = this.#jobs.slice(this.#first);
      this.#first = 0;
    }
    return job;
  }

  #hasBegun(): boolean {
    return !this.#ended && this.load > 0 && this.#begunCount() > 0;
  }

  /** How many of the unanswered jobs were begun: 0 or 1. */
  #begunCount(): number {
    const gate = Atomics.load(this.#channel.words, GATE);
    // What was taken back is not in the list any more, only the worker has not skipped it yet.
    const unbegun = (gate & REVOKED) !== 0 ? 0 : (this.#sent - (gate >>> 1)) & COUNT_MASK;
    return this.load - unbegun;
  }

  /** Removes all but those begun; `begun` as GATE has it. */
  #removeUnbegun(begun: number): Job[] {
    const unbegun = (this.#sent - begun) & COUNT_MASK;
    const removed = this.#jobs.splice(this.#jobs.length - unbegun, unbegun);
    if (this.load === 0) {
      this.#jobs = [];
      this.#first = 0;
      this.#channel.line.keepsAlive = false;
    }
    return removed;
  }

  #end(ending: Ending): void {
    this.#ended = true;
    this.#stderr?.passOn();
    this.#stderr?.close();
    this.#drain();
    const lost = this.#begunCount();
    const jobs = this.#jobs.slice(this.#first);
    this.#jobs = [];
    this.#first = 0;
    this.#channel.line.keepsAlive = false;
    this.#channel.close(new Error('The worker ended'));
    const begun = jobs.splice(0, lost);
    this.#events.ended(this, begun, jobs, ending);
  }
}
