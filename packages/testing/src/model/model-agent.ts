import type { Jobs } from './promised.ts';
import type { Steps, Stop } from './steps.ts';

type ReadableWords = { readonly [index: number]: number };

/** A timer of an agent's event loop. */
export interface Timer {
  at: number;
  /** Of a periodic one. */
  readonly every: number | undefined;
  readonly run: () => unknown;
}

/** One thread of one process: step code, and the part of the system that is its own. */
export class ModelAgent {
  readonly index: number;
  /** What `@mp/core` keeps for a thread. */
  readonly singletons = new Map<string, unknown>();
  steps: Steps<void>;
  state: 'ready' | 'asleep' | 'done' | 'killed' = 'ready';
  /** Where it stopped. */
  stop: Stop = 0;
  /** Milliseconds that only sleeping and timers move on. */
  clock = 0;
  sleep: { buffer: ArrayBuffer; at: number; milliseconds: number } | undefined;
  /** Somebody woke it from that sleep. */
  woken = false;
  datagrams = 0;
  /** The newest word that it read, and what it found there. */
  read: { array: ReadableWords; at: number; value: number } | undefined;
  /** Whether the nap that it takes may end. */
  isRested: () => boolean = () => true;
  onRing: (() => unknown) | undefined;
  afterRing: (() => unknown) | undefined;
  readonly jobs: Jobs = [];
  readonly immediates: (() => unknown)[] = [];
  readonly timers: Timer[] = [];
  /** How often it looked though it was not rung, while nobody could go on. */
  looks = 0;
  /** Two hashes of all that it has seen, which decides all that it will do. */
  history1 = 0x12345;
  history2 = 0x6789a;
  #kept1 = 0x12345;
  #kept2 = 0x6789a;

  constructor(index: number, steps: Steps<void>) {
    this.index = index;
    this.steps = steps;
  }

  /** Whether it does not do anything any more. */
  get isOver(): boolean {
    return this.state === 'done' || this.state === 'killed';
  }

  /**
   * Goes on from a point where only this still makes a difference: what the scenario asked to remember, the clock and
   * the timers. All else that it has seen is over: it is asleep, or between two operations.
   */
  forget(): void {
    this.history1 = this.#kept1;
    this.history2 = this.#kept2;
    this.saw(this.clock);
    this.saw(this.immediates.length);
    for (const { at } of this.timers) this.saw(at);
  }

  /** Something that still makes a difference after {@link forget}. */
  remember(value: number): void {
    this.history1 = this.#kept1;
    this.history2 = this.#kept2;
    this.saw(value);
    this.#kept1 = this.history1;
    this.#kept2 = this.history2;
    this.forget();
  }

  saw(value: number): void {
    this.history1 = Math.imul((this.history1 ^ value) + 0x7f4a7c15, 0x85ebca6b) ^ (this.history1 >>> 13);
    this.history2 = Math.imul((this.history2 + value) ^ 0x165667b1, 0xc2b2ae35) ^ (this.history2 >>> 15);
  }

  /** The timer that goes off next. @param periodic whether those count that only look now and then */
  nextTimer(periodic: boolean): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.every !== undefined && !periodic) continue;
      if (next === undefined || timer.at < next.at) next = timer;
    }
    return next;
  }
}
