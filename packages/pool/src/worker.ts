import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import type { MessagePort } from 'node:worker_threads';
import {
  type Carrier,
  type Channel,
  LOOK,
  parkingLot,
  type Reason,
  type RingRecord,
  thisAgent,
  thisThread,
  threadState,
} from '@mp/core/internal';
import { findTask, ownTask, type TaskRef } from '@mp/process/internal';
import { decode } from '@mp/serde/internal';
import { type Call, callEach, isThenable } from './call-each.ts';
import { type Context, runWithin } from './context.ts';
import { setCurrentTask } from './current-task.ts';
import { putBack, receiveMoved, TO_WORKER } from './move.ts';
import { ownPort } from './port.ts';
import {
  AGENT,
  BLOCKS,
  CALL,
  CONTEXT,
  COUNT_MASK,
  DEFINE,
  END,
  ENDED,
  flagsOf,
  GATE,
  INIT,
  kindOf,
  NEED,
  numberOf,
  READY,
  RETIRE,
  RING,
  SHAPES,
  STARMAP,
  UPTO,
} from './protocol.ts';
import { readRecord } from './read-record.ts';
import { QUICK_MS, Replies } from './replies.ts';
import { RunningTask } from './running-task.ts';
import { ToldShapes } from './told-shapes.ts';

/** What a pool tells its workers once. */
export interface WorkerSettings {
  /** The agent of the pool. */
  readonly owner: number;
  /** Whether a call comes that has to be done before it is up. */
  readonly hasInit: boolean;
  /** Whether the workers and the thread of the pool are more than there are processors. */
  readonly isCrowded: boolean;
  /** Bytes of memory after which it is replaced; of its heap for a thread. */
  readonly mostMemory: number | undefined;
}

/** A busy worker lets its event loop turn this often. */
const TURN_MS = 20;

const NOTHING = new Uint8Array(0);

/** An idle worker asks this often whether the thread of its pool lives: a thread may end before its process does. */
const ORPHAN_MS = 1_000;

/** So long a worker looks for the next job of a thread that blocks; alone on its processor it would look in vain. */
const SPIN_MS = availableParallelism() > 1 ? 0.05 : 0;

/** Looks between two looks at the clock. */
const SPIN_TURNS = 16;

/** How often a busy worker looks how much memory it has. */
const MEMORY_MS = 100;

/** One worker: it runs the jobs of its channel, one after the other, until it is told to end, or nobody is left to. */
export const work = ownTask(
  // A bundle in CommonJS has no `import.meta`.
  import.meta.url ?? pathToFileURL(__filename),
  async (channel: Channel, settings: WorkerSettings) => {
    Atomics.store(channel.words, AGENT, thisAgent().id);
    if (settings.isCrowded) parkingLot().makeWay();
    const worker = new Worker(channel, settings);
    if (!settings.hasInit) worker.sayReady();
    await worker.serve();
    channel.wake();
    if (thisThread().isMain) await Promise.all([process.stdout, process.stderr].map(written));
    // Whatever the tasks left in the event loop does not keep a worker, and no exit code that they set makes this a death.
    process.exit(0);
  },
  // In a bundle it has its name beside those of the user's.
  { name: '@mp/pool worker' },
);

class Worker {
  readonly #channel: Channel;
  /** Shapes of objects in the jobs. */
  readonly #shapes = new ToldShapes();
  readonly #carrier: Carrier;
  readonly #settings: WorkerSettings;
  readonly #replies: Replies;
  /** The tasks by number: found, or on the way, or the reason why not. */
  readonly #tasks = new Map<number, Call | Promise<Call>>();
  /** What the next job runs in, encoded. */
  #context: Uint8Array | undefined;
  #attempt = 1;
  #begun = 0;
  /** When the next job begins if it follows the last one at once, as `performance.now()`. */
  #now = performance.now();
  /** The number of the task whose job came last, if that was quick. */
  #quick = -1;
  #turned = performance.now();
  #asked = performance.now();
  #weighed = performance.now();
  #orphaned = false;
  #retired = false;

  constructor(channel: Channel, settings: WorkerSettings) {
    this.#channel = channel;
    this.#carrier = this.#shapes.on(channel.carrier);
    this.#settings = settings;
    this.#replies = new Replies(channel);
  }

  sayReady(): void {
    this.#channel.send(NOTHING, READY);
  }

  async serve(): Promise<void> {
    const channel = this.#channel;
    for (;;) {
      const record = channel.peek();
      if (record === undefined) {
        channel.wake();
        if (this.#spin()) continue;
        await channel.waitToldOf((reason) => this.#hasWork(reason));
        if (this.#orphaned) return;
        this.#now = this.#replies.rangAt = this.#turned = performance.now();
        continue;
      }
      const kind = kindOf(record.flags);
      if (kind === END) return;
      if (kind === DEFINE) this.#define(record);
      else if (kind === RING) channel.take(record);
      else if (kind === CONTEXT) {
        this.#attempt = numberOf(record.flags);
        this.#context = copyOf(record);
        channel.take(record);
      } else if (kind === INIT) {
        if (!(await this.#initialize(record))) return;
        this.#now = performance.now();
      } else if (this.#begin()) {
        const number = numberOf(record.flags);
        if (number !== this.#quick) channel.wake();
        const since = this.#now;
        const job = this.#run(record, kind, since);
        if (job !== undefined) {
          channel.wake();
          await job;
        }
        const now = this.#replies.endedAt;
        this.#now = now;
        this.#quick = now - since < QUICK_MS ? number : -1;
        if (this.#replies.isRingDue(since)) {
          channel.wake();
          // The ring is not a part of the next job.
          this.#now = this.#replies.rangAt = performance.now();
        }
        if (now - this.#turned > TURN_MS) await this.#turn();
        if (now - this.#weighed > MEMORY_MS) this.#weigh();
      } else {
        channel.take(record);
        this.#forgetContext();
        this.#obey();
      }
    }
  }

  /** A thread that blocks for its answers mostly sends the next job at once. @returns whether there is one */
  #spin(): boolean {
    const channel = this.#channel;
    if (Atomics.load(channel.words, BLOCKS) === 0) return false;
    const until = performance.now() + SPIN_MS;
    do {
      for (let turn = 0; turn < SPIN_TURNS; turn++) {
        if (channel.isEmpty) continue;
        this.#now = this.#replies.rangAt = performance.now();
        return true;
      }
    } while (performance.now() < until);
    Atomics.store(channel.words, BLOCKS, 0);
    return false;
  }

  #hasWork(reason: Reason): true | undefined {
    if (!this.#channel.isEmpty) return true;
    const now = performance.now();
    if (reason !== LOOK || now - this.#asked < ORPHAN_MS) return undefined;
    this.#asked = now;
    this.#orphaned = !thisAgent().isAlive(this.#settings.owner);
    return this.#orphaned || undefined;
  }

  /** Lets timers, signals and sockets of the tasks have their turn, however many jobs wait. */
  async #turn(): Promise<void> {
    this.#channel.wake();
    await setImmediate();
    this.#turned = this.#now = performance.now();
  }

  /** Tells the pool, once, that it has grown too large. */
  #weigh(): void {
    this.#weighed = performance.now();
    const { mostMemory } = this.#settings;
    if (mostMemory === undefined || this.#retired) return;
    const { used_heap_size, external_memory } = thisThread().isMain
      ? { used_heap_size: process.memoryUsage.rss(), external_memory: 0 }
      : getHeapStatistics();
    if (used_heap_size + external_memory <= mostMemory) return;
    this.#retired = true;
    this.#channel.send(NOTHING, flagsOf(RETIRE, 0));
  }

  #define(record: RingRecord): void {
    if (numberOf(record.flags) === SHAPES) {
      this.#shapes.learn(record);
      this.#channel.take(record);
      return;
    }
    const ref = this.#read(record) as TaskRef;
    // What its arguments mention may need a package that only its module can see.
    if (ref.url !== '') threadState.taskModule = ref.url;
    const found = findTask(ref) as Promise<Call>;
    const number = numberOf(record.flags);
    this.#tasks.set(number, found);
    found.then(
      (call) => this.#tasks.set(number, call),
      () => {},
    );
  }

  /** @returns whether it went well, so that the worker is up */
  async #initialize(record: RingRecord): Promise<boolean> {
    const since = performance.now();
    try {
      const call = await (this.#tasks.get(numberOf(record.flags)) as Call | Promise<Call>);
      await call(...(this.#read(record) as unknown[]));
    } catch (error) {
      this.#replies.failure(error, since);
      return false;
    }
    this.sayReady();
    return true;
  }

  /** Claims the next job. @returns whether it was still ours */
  #begin(): boolean {
    const words = this.#channel.words;
    const gate = this.#begun << 1;
    const next = (this.#begun + 1) & COUNT_MASK;
    if (Atomics.compareExchange(words, GATE, gate, next << 1) !== gate) return false;
    this.#begun = next;
    return true;
  }

  /** One job was void; when it was the last of them, work goes on. */
  #obey(): void {
    const words = this.#channel.words;
    this.#begun = (this.#begun + 1) & COUNT_MASK;
    if (this.#begun !== Atomics.load(words, UPTO)) return;
    words[ENDED] = this.#begun;
    Atomics.store(words, GATE, this.#begun << 1);
    this.#channel.send(NOTHING, READY);
  }

  /** @returns a promise when the job did not end at once */
  #run(record: RingRecord, kind: number, since: number): Promise<void> | undefined {
    const call = this.#tasks.get(numberOf(record.flags)) as Call | Promise<Call>;
    const context = this.#context;
    const running = new RunningTask(this.#channel, this.#begun, this.#attempt);
    this.#forgetContext();
    setCurrentTask(running);
    try {
      if (typeof call !== 'function' || context !== undefined)
        return this.#finish(since, running, this.#runLater(call, record, context, running), kind);
      const result = callBy(kind, call, this.#read(record) as unknown[]);
      if (isThenable(result)) return this.#finish(since, running, result, kind);
      this.#replies.result(kind, result, since);
    } catch (error) {
      this.#replies.failure(error, since);
    }
    running.end();
    setCurrentTask();
    return undefined;
  }

  /** Reads nothing before the module of the task is there: that may register the classes of the arguments. */
  async #runLater(
    found: Call | Promise<Call>,
    record: RingRecord,
    bytes: Uint8Array | undefined,
    running: RunningTask,
  ): Promise<unknown> {
    const kind = kindOf(record.flags);
    let call: Call;
    let context: Context | undefined;
    try {
      call = await found;
      context = bytes && (decode(bytes, this.#carrier) as Context);
    } catch (error) {
      this.#forget(record);
      throw error;
    }
    const values = this.#read(record) as unknown[];
    running.traceparent = context?.traceparent;
    if (context?.moved !== undefined) await this.#getMoved(values, context.moved);
    return runWithin(context, () => callBy(kind, call, values));
  }

  async #finish(
    since: number,
    running: RunningTask,
    result: PromiseLike<unknown>,
    kind: number,
  ): Promise<void> {
    try {
      this.#replies.result(kind, await result, since);
    } catch (error) {
      this.#replies.failure(error, since);
    }
    running.end();
    setCurrentTask();
  }

  /** Asks for what is moved to this thread, and waits until it has come. */
  async #getMoved(values: unknown[], at: readonly number[]): Promise<void> {
    const port = ownPort() as MessagePort;
    this.#channel.send(NOTHING, flagsOf(NEED, 0));
    const moved = await this.#channel.line.wait(() => receiveMoved(port, TO_WORKER), Infinity);
    putBack(values, at, moved as readonly unknown[]);
  }

  #forgetContext(): void {
    this.#context = undefined;
    this.#attempt = 1;
  }

  /** Takes it unread; what it carries is let go of. */
  #forget(record: RingRecord): void {
    try {
      this.#read(record);
    } catch {}
  }

  #read(record: RingRecord): unknown {
    try {
      return readRecord(record, this.#carrier);
    } finally {
      this.#channel.take(record);
    }
  }
}

/** What a task wrote to a pipe that was full is on its way still, and would be lost with the process. */
function written(stream: NodeJS.WriteStream): Promise<void> | undefined {
  if (stream.writableLength === 0) return undefined;
  return new Promise((resolve) => stream.write('', () => resolve()));
}

/** @returns nothing when the record has no payload */
function copyOf({ source, start, end }: RingRecord): Uint8Array | undefined {
  return start === end ? undefined : Buffer.from(source.subarray(start, end));
}

function callBy(kind: number, call: Call, values: unknown[]): unknown {
  return kind === CALL ? call(...values) : callEach(call, values, kind === STARMAP);
}
