import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Channel, LOOK, type Reason, type RingRecord, thisAgent, threadState } from '@mp/core/internal';
import { task } from '@mp/process';
import { findTask, type TaskRef } from '@mp/process/internal';
import { decode, type Encoded, encode } from '@mp/serde/internal';
import {
  CALL,
  COUNT_MASK,
  DEFINE,
  END,
  FAILURE,
  flagsOf,
  GATE,
  kindOf,
  numberOf,
  READY,
  RESULT,
  UPTO,
} from './protocol.ts';

type Call = (...args: unknown[]) => unknown;

/** A busy worker lets its event loop turn this often. */
const TURN_MS = 20;

const NOTHING = new Uint8Array(0);

/** An idle worker asks this often whether the thread of its pool lives: a thread may end before its process does. */
const ORPHAN_MS = 1_000;

/** One worker: it runs the jobs of its channel, one after the other, until it is told to end, or nobody is left to. */
export const work = task(
  // A bundle in CommonJS has no `import.meta`.
  import.meta.url ?? pathToFileURL(__filename),
  async (channel: Channel, owner: number) => {
    const worker = new Worker(channel, owner);
    channel.send(NOTHING, READY);
    await worker.serve();
    // Whatever the tasks left in the event loop does not keep a worker.
    process.exit();
  },
  // In a bundle it has its name beside those of the user's.
  { name: '@mp/pool worker' },
);

class Worker {
  readonly #channel: Channel;
  /** The tasks by number: found, or on the way, or the reason why not. */
  readonly #tasks = new Map<number, Call | Promise<Call>>();
  /** The agent of the pool. */
  readonly #owner: number;
  #begun = 0;
  #turned = performance.now();
  #asked = performance.now();
  #orphaned = false;

  constructor(channel: Channel, owner: number) {
    this.#channel = channel;
    this.#owner = owner;
  }

  async serve(): Promise<void> {
    const channel = this.#channel;
    for (;;) {
      const record = channel.peek();
      if (record === undefined) {
        await channel.line.wait((reason) => this.#hasWork(reason), Infinity);
        if (this.#orphaned) return;
        continue;
      }
      const kind = kindOf(record.flags);
      if (kind === END) return;
      if (kind === DEFINE) this.#define(record);
      else if (this.#begin()) {
        const job = this.#run(record, kind);
        if (job !== undefined) await job;
        if (performance.now() - this.#turned > TURN_MS) await this.#turn();
      } else {
        channel.take(record);
        this.#obey();
      }
    }
  }

  #hasWork(reason: Reason): true | undefined {
    if (!this.#channel.isEmpty) return true;
    const now = performance.now();
    if (reason !== LOOK || now - this.#asked < ORPHAN_MS) return undefined;
    this.#asked = now;
    this.#orphaned = !thisAgent().isAlive(this.#owner);
    return this.#orphaned || undefined;
  }

  /** Lets timers, signals and sockets of the tasks have their turn, however many jobs wait. */
  async #turn(): Promise<void> {
    await setImmediate();
    this.#turned = performance.now();
  }

  #define(record: RingRecord): void {
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
    Atomics.store(words, GATE, this.#begun << 1);
    this.#channel.send(NOTHING, READY);
  }

  /** @returns a promise when the job did not end at once */
  #run(record: RingRecord, kind: number): Promise<void> | undefined {
    const since = performance.now();
    const number = numberOf(record.flags);
    try {
      const values = this.#read(record) as unknown[];
      const call = this.#tasks.get(number) as Call | Promise<Call>;
      if (typeof call !== 'function') return this.#finish(since, this.#runLater(call, kind, values));
      const result = kind === CALL ? call(...values) : mapSync(call, values);
      if (isThenable(result)) return this.#finish(since, result);
      this.#reply(RESULT, result, since);
    } catch (error) {
      this.#reply(FAILURE, error, since);
    }
    return undefined;
  }

  async #runLater(found: Promise<Call>, kind: number, values: unknown[]): Promise<unknown> {
    const call = await found;
    return kind === CALL ? call(...values) : mapSync(call, values);
  }

  async #finish(since: number, result: PromiseLike<unknown>): Promise<void> {
    try {
      this.#reply(RESULT, await result, since);
    } catch (error) {
      this.#reply(FAILURE, error, since);
    }
  }

  #reply(kind: number, value: unknown, since: number): void {
    const took = Math.max(0, Math.round((performance.now() - since) * 1000));
    const { carrier } = this.#channel;
    let message: Encoded | undefined;
    try {
      if (value !== undefined) message = encode(value, carrier, kind === RESULT ? 'result' : 'error');
    } catch (error) {
      kind = FAILURE;
      message = encode(error, carrier);
    }
    try {
      this.#channel.send(message?.bytes ?? NOTHING, flagsOf(kind, took));
      message?.pins.sent();
    } catch (error) {
      message?.pins.drop();
      throw error;
    }
  }

  #read(record: RingRecord): unknown {
    const bytes = record.source.subarray(record.start, record.end);
    try {
      return decode(bytes, this.#channel.carrier);
    } finally {
      this.#channel.take(record);
    }
  }
}

/** Calls for each item; goes over to waiting at the first that answers with a promise. */
function mapSync(call: Call, items: unknown[]): unknown {
  const results: unknown[] = new Array(items.length);
  for (let index = 0; index < items.length; index++) {
    const result = call(items[index]);
    if (isThenable(result)) return mapLater(call, items, results, index, result);
    results[index] = result;
  }
  return results;
}

async function mapLater(
  call: Call,
  items: unknown[],
  results: unknown[],
  from: number,
  first: PromiseLike<unknown>,
): Promise<unknown[]> {
  results[from] = await first;
  for (let index = from + 1; index < items.length; index++) results[index] = await call(items[index]);
  return results;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  // Asked of each result of a map: looking for a property of a number takes longer than most tasks.
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}
