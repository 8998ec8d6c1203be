import type { MessagePort } from 'node:worker_threads';
import { TimeoutError } from '@mp/core';
import { type Carrier, type Channel, LOOK, thisAgent } from '@mp/core/internal';
import { type Process, Thread } from '@mp/process';
import type { Ending } from '@mp/process/internal';
import { type Death, isOutOfMemory, oomKills } from './death.ts';
import { Deque } from './deque.ts';
import type { PoolWorkerEvents } from './events.ts';
import type { Job } from './job.ts';
import { JobClock } from './job-clock.ts';
import { isDead } from './liveness.ts';
import { post, TO_WORKER } from './move.ts';
import { Outbox } from './outbox.ts';
import { partsOf } from './partly-answer.ts';
import { portTo } from './port.ts';
import {
  AGENT,
  ASKED,
  BLOCKS,
  END,
  FAILURE,
  GATE,
  kindOf,
  LEARN,
  NEED,
  numberOf,
  PARTLY,
  type PartlyMessage,
  PROGRESS,
  READY,
  RETIRE,
  RING,
} from './protocol.ts';
import { readRecord } from './read-record.ts';
import { SentJobs } from './sent-jobs.ts';
import { StderrTail } from './stderr-tail.ts';
import { SyncWait } from './sync-wait.ts';
import { ToldShapes } from './told-shapes.ts';
import { workerChannel } from './worker-channel.ts';
import { startChild, type WorkerChild } from './worker-child.ts';
import type { WorkerPlan } from './worker-plan.ts';

/** A worker as its pool sees it: what was sent to it, and what came back. */
export class PoolWorker {
  readonly child: WorkerChild;
  /** Whether it was started to learn why others ended before they were up: it gets no jobs. */
  readonly isProbe: boolean;
  /** Jobs whose key is with this worker, and for which it has no room yet. */
  readonly reserved = new Deque<Job>();
  /** What its initializer threw, if it did. */
  initError: { readonly error: unknown } | undefined;
  /** When it was started, as `performance.now()`. */
  readonly born = performance.now();
  /** When it became idle, as `performance.now()`. */
  idleSince = performance.now();
  /** When it last answered a job, or came up, as `performance.now()`. */
  answeredAt = 0;
  readonly #plan: WorkerPlan;
  readonly #stderr: StderrTail | undefined;
  readonly #channel: Channel;
  /** Shapes of objects in its answers. */
  readonly #shapes = new ToldShapes();
  readonly #carrier: Carrier;
  readonly #events: PoolWorkerEvents<PoolWorker>;
  readonly #outbox: Outbox;
  readonly #killsBefore: number;
  readonly #clock = new JobClock();
  /** For what is moved to a thread, and back. */
  readonly #port: MessagePort | undefined;
  readonly #sent: SentJobs;
  readonly #blocking: SyncWait;
  #calls = 0;
  #answered = 0;
  #ready = false;
  #ending = false;
  #ended = false;
  /** Found dead by a thread that blocks: its end itself is heard when the event loop turns. */
  #gone = false;

  /** @param shapes of objects in the jobs that it is sent */
  constructor(
    name: string,
    plan: WorkerPlan,
    shapes: ToldShapes,
    events: PoolWorkerEvents<PoolWorker>,
    isProbe: boolean,
  ) {
    this.#plan = plan;
    this.#events = events;
    this.isProbe = isProbe;
    this.#killsBefore = oomKills();
    this.#channel = workerChannel(plan.number);
    this.#carrier = this.#shapes.on(this.#channel.carrier);
    this.#outbox = new Outbox(this.#channel, shapes);
    this.#sent = new SentJobs(this.#channel.words);
    this.#blocking = this.#makeBlocking();
    this.#channel.line.keepsAlive = false;
    try {
      if (plan.init !== undefined) this.#outbox.sendInit(plan.init.ref, plan.init.args);
      this.child = startChild(name, plan, this.#channel);
    } catch (error) {
      this.#channel.close();
      throw error;
    }
    const { stderr } = this.child as { stderr?: Process['stderr'] };
    if (this.child instanceof Thread) this.#port = portTo(this.child);
    if (stderr) this.#stderr = new StderrTail(stderr);
    this.child.onEnd((ending) => this.#end(ending));
    this.#listen();
  }

  /** Whether it came up. */
  get ready(): boolean {
    return this.#ready;
  }

  /** How many jobs it has that are not answered. */
  get load(): number {
    return this.#sent.size;
  }

  /** How many jobs it answered. */
  get answered(): number {
    return this.#answered;
  }

  /** Whether it takes jobs. */
  get accepts(): boolean {
    return this.willAccept && !this.#sent.isRevoked;
  }

  /** Whether it takes jobs as soon as it has skipped what was taken back. */
  get willAccept(): boolean {
    return !this.isProbe && !this.isLeaving;
  }

  /** Whether it will never take a job again. */
  get isLeaving(): boolean {
    return this.#ending || this.isGone || this.#calls >= this.#plan.mostTasks;
  }

  /** Whether there is nothing that it has to do. */
  get isIdle(): boolean {
    return this.load === 0 && this.reserved.size === 0;
  }

  /** The name of the task that it has begun and not ended. */
  get running(): string | undefined {
    return this.#hasBegun ? this.#sent.first?.task.name : undefined;
  }

  /** When it began what it runs, as `performance.now()`, or a little before. */
  get runningSince(): number {
    return Math.max(this.answeredAt, this.#sent.first?.given ?? 0);
  }

  send(job: Job): void {
    const isOnly = this.#sent.size === 0;
    this.#outbox.sendJob(job, isOnly);
    this.#sent.push(job);
    this.#calls += job.calls;
    if (!isOnly) {
      this.#outbox.wakeSoon();
      return;
    }
    this.#channel.line.keepsAlive = true;
    this.#watchFirst();
  }

  /** Rings it for what was sent. A thread that is about to block has no tick for that. */
  wake(): void {
    this.#outbox.wake();
  }

  /**
   * Takes back the jobs that it has not begun.
   *
   * @param atOnce also if it has begun one since the last call of this
   * @returns them, in order
   */
  takeBack(atOnce = false): Job[] {
    if (this.#ended) return [];
    const removed = this.#sent.takeBack(atOnce);
    for (const job of removed) this.#calls -= job.calls;
    if (removed.length > 0 && this.load === 0) this.#runDry();
    return removed;
  }

  has(job: Job): boolean {
    return this.#sent.has(job);
  }

  /** Lets go of what the job carries that it has begun, unless that may be tried again. */
  unloadBegun(): void {
    const job = this.#hasBegun ? this.#sent.first : undefined;
    if (job?.load.segment !== undefined) job.unload();
  }

  /** Asks the job to stop, if it is the one that runs; kills the worker if that has not answered after the grace. */
  ask(job: Job): void {
    // Answers of jobs before it may not have been read yet.
    if (!this.#ended) this.#drain();
    if (this.#sent.first !== job || !this.#hasBegun) return;
    const begun = Atomics.load(this.#channel.words, GATE) >>> 1;
    Atomics.store(this.#channel.words, ASKED, (begun << 1) | 1);
    this.#outbox.signal(RING);
    this.#allow(job, this.#plan.grace, () => this.child.kill());
  }

  /** Lets it finish what it has, and end. */
  end(): void {
    if (this.#ending || this.#ended) return;
    this.#ending = true;
    this.#outbox.signal(END);
  }

  /** Ends it in the middle of what it does; `grace` as for a process. */
  terminate(grace: number): void {
    this.#ending = true;
    if (!this.#ended) this.child.terminate({ grace });
  }

  /** Blocks this thread until something is done, which this worker does; or the deadline is over, or the worker gone. */
  waitSync(isDone: () => boolean, deadline: number): 'done' | 'late' | 'gone' {
    if (!this.#ended) Atomics.store(this.#channel.words, BLOCKS, 1);
    return this.#blocking.wait(isDone, deadline);
  }

  /** Whether it has ended or will, as far as is known. */
  get isGone(): boolean {
    return this.#ended || this.#gone || this.initError !== undefined;
  }

  /** Whether it has begun this job, as far as one can see. */
  hasBegun(job: Job): boolean {
    return this.#sent.first === job && this.#sent.begunCount > 0;
  }

  #makeBlocking(): SyncWait {
    const worker = this;
    return new SyncWait(this.#channel, {
      get isGone() {
        return worker.isGone;
      },
      drain: () => {
        if (!this.#ended) this.#drain();
      },
      look: () => this.#lookSync(),
    });
  }

  /** What the event loop does for a worker while it turns. */
  #lookSync(): void {
    // It stands still while nobody reads what it writes.
    this.#stderr?.readOn();
    this.#clock.look();
    const agent = Atomics.load(this.#channel.words, AGENT);
    if (isDead(this.#plan.kind, this.child.pid, agent, this.born)) this.#gone = true;
  }

  /** Waits for what it sends, as long as it lives. */
  #listen(): void {
    this.#channel
      // It stands before the wait of a thread that blocks, so that one takes its steps from here.
      .waitToldOf((reason) => this.#drain() || this.#blocking.isOver(reason === LOOK) || undefined)
      .then(() => {
        if (this.#ended) return;
        // It may only have been told that there is something.
        this.#drain();
        this.#listen();
      })
      // Its messages cannot be read any more: no answer will come.
      .catch(() => this.#ended || this.child.kill());
  }

  /** @returns whether anything was there */
  #drain(): boolean {
    const channel = this.#channel;
    let any = false;
    for (let record = channel.peek(); record !== undefined; record = channel.peek()) {
      any = true;
      const kind = kindOf(record.flags);
      if (kind === LEARN) {
        this.#shapes.learn(record);
        channel.take(record);
        continue;
      }
      let value: unknown;
      let failed = kind === FAILURE;
      try {
        value = readRecord(record, this.#carrier);
      } catch (error) {
        value = error;
        failed = true;
      }
      const took = numberOf(record.flags);
      channel.take(record);
      if (kind === READY) this.#up();
      else if (kind === RETIRE) this.end();
      else if (kind === NEED) this.#move();
      else if (kind === PROGRESS) this.#progressed(value, failed);
      else if (failed && !this.#ready) this.initError = { error: value };
      else this.#answer(kind, took, value, failed);
    }
    if (any) this.#events.progress();
    return any;
  }

  /** It came up, or has obeyed. */
  #up(): void {
    if (this.#ready) return;
    this.#ready = true;
    this.answeredAt = performance.now();
    if (this.isProbe) this.end();
    this.#events.cameUp(this);
    this.#watchFirst();
  }

  /** What cannot be read fails the call, as what its listener throws does. */
  #progressed(value: unknown, failed: boolean): void {
    const job = this.#sent.first;
    if (!failed) job?.progress(value);
    else if (job !== undefined) {
      job.fail(value);
      this.ask(job);
    }
  }

  #answer(kind: number, took: number, value: unknown, failed: boolean): void {
    this.#answered++;
    const job = this.#sent.shift();
    if (job === undefined) return;
    if (this.load === 0) this.#runDry();
    this.#watchFirst();
    if (failed) this.#events.answered(this, job, took, undefined, new Map([[-1, value]]));
    else if (kind === PARTLY)
      this.#events.answered(this, job, took, ...partsOf(value as PartlyMessage, job.kind, this.#port));
    else this.#events.answered(this, job, took, value, undefined);
  }

  /** Its job has begun: what is moved to it can go. */
  #move(): void {
    const moves = this.#sent.first?.plan.moves;
    if (moves === undefined || this.#port === undefined) return;
    post(this.#port, moves, TO_WORKER);
    this.#outbox.signal(RING);
  }

  #runDry(): void {
    this.#clock.stop();
    this.#channel.line.keepsAlive = false;
    this.idleSince = performance.now();
  }

  /** Another job became the first, or the worker came up: its time runs from now on. */
  #watchFirst(): void {
    this.#clock.stop();
    const job = this.#sent.first;
    const limit = job?.plan.limit;
    if (job === undefined || limit === undefined || !this.#ready) return;
    this.#allow(job, limit, () => {
      if (!this.#hasBegun) this.#watchFirst();
      else {
        job.fail(new TimeoutError(`${job.task.name} ran longer than its taskTimeout of ${limit} ms`));
        this.ask(job);
      }
    });
  }

  /** Calls `late` after so many ms, unless the first job has ended by then: its answer may wait for an event loop that was busy. */
  #allow(job: Job, ms: number, late: () => void): void {
    this.#clock.set(ms, () => {
      if (!this.#ended) this.#drain();
      if (this.#sent.first === job) late();
    });
  }

  get #hasBegun(): boolean {
    return !this.#ended && this.#sent.hasBegun;
  }

  #end(ending: Ending): void {
    this.#stderr?.close();
    this.#drain();
    const lost = this.#sent.begunCount;
    this.#ended = true;
    const jobs = this.#sent.clear();
    this.#watchFirst();
    this.#channel.line.keepsAlive = false;
    const agent = Atomics.load(this.#channel.words, AGENT);
    if (agent !== 0) thisAgent().bury(agent);
    this.#channel.close(new Error('The worker ended'));
    this.#port?.close();
    const begun = jobs.splice(0, lost);
    const stderr = this.#stderr?.text ?? '';
    const death: Death = {
      pid: this.child.pid ?? 0,
      ending,
      error: this.child.error,
      stderr,
      isOutOfMemory: isOutOfMemory(ending, stderr, this.#killsBefore),
    };
    this.#events.ended(this, begun, [...jobs, ...this.reserved.clear()], death);
  }
}
