import { type Channel, HEADER_BYTES, messageLength, type Segment } from '@mp/core/internal';
import type { TaskRef } from '@mp/process/internal';
import { encode } from '@mp/serde/internal';
import type { Job } from './job.ts';
import { CONTEXT, DEFINE, flagsOf, INIT, SHAPES } from './protocol.ts';
import type { ToldShapes } from './told-shapes.ts';

const NOTHING = new Uint8Array(0);

/** What a pool sends to one of its workers, and when it rings the worker for that. */
export class Outbox {
  readonly #channel: Channel;
  /** Shapes of objects in the jobs, and how much of them this worker was told. */
  readonly #shapes: ToldShapes;
  #told = 0;
  readonly #defined = new Set<number>();
  /** A context was sent whose job was not: the next job brings its own, or takes that away. */
  #hasContext = false;
  /** Whether a tick rings the worker for what was sent since the last one. */
  #isWakeDue = false;

  constructor(channel: Channel, shapes: ToldShapes) {
    this.#channel = channel;
    this.#shapes = shapes;
  }

  /** The first call of a worker. */
  sendInit(ref: TaskRef, args: readonly unknown[]): void {
    // No task of a job has this number.
    this.#define(0, ref);
    const { bytes, pins } = encode(args, this.#channel.carrier, 'init');
    this.#channel.send(bytes, flagsOf(INIT, 0));
    pins.sent();
  }

  /**
   * Sends a job.
   *
   * @param rings whether the worker is rung for it; else {@link Outbox.wakeSoon} does that
   */
  sendJob(job: Job, rings: boolean): void {
    const { task, attempt, kind, load } = job;
    const { bytes, loose, pins, context } = load;
    this.#define(task.number, task.ref);
    this.#told = this.#shapes.tell(this.#channel, flagsOf(DEFINE, SHAPES), this.#told);
    if (context !== undefined || attempt > 1 || this.#hasContext) {
      this.#channel.lay(context?.bytes ?? NOTHING, flagsOf(CONTEXT, attempt));
      context?.pins.sent();
      this.#hasContext = true;
    }
    const flags = flagsOf(kind, task.number);
    if (loose === undefined) {
      if (rings) this.#channel.send(bytes, flags);
      else this.#channel.lay(bytes, flags);
    } else {
      const segment = this.#channel.layInSight(bytes, flags, bytes.length, loose) as Segment;
      const end = HEADER_BYTES + messageLength(bytes.length, loose);
      job.load = { ...load, bytes: segment.bytes.subarray(HEADER_BYTES, end), loose: undefined, segment };
      if (rings) this.wake();
    }
    this.#hasContext = false;
    pins.sent();
  }

  /** Sends a record without a payload. */
  signal(kind: number): void {
    this.#channel.send(NOTHING, flagsOf(kind, 0));
  }

  /** Rings the worker for what was sent. */
  wake(): void {
    this.#isWakeDue = false;
    if (!this.#channel.segment.closed) this.#channel.wake();
  }

  /** Rings the worker at the end of this tick, once for all that it is sent until then. */
  wakeSoon(): void {
    if (this.#isWakeDue) return;
    this.#isWakeDue = true;
    process.nextTick(wake, this);
  }

  #define(number: number, ref: TaskRef): void {
    if (this.#defined.has(number)) return;
    this.#channel.send(encode(ref, this.#channel.carrier).bytes, flagsOf(DEFINE, number));
    this.#defined.add(number);
  }
}

function wake(outbox: Outbox): void {
  outbox.wake();
}
