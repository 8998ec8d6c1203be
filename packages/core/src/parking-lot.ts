import { availableParallelism } from 'node:os';
import * as native from '@mp/native';
import { type Agent, AWAKE, LOOP, thisAgent } from './agent.ts';
import { ClosedError } from './errors.ts';
import { shortWays } from './short-way.ts';
import { singleton } from './thread-state.ts';

/** How often a thread with async waits looks by itself, whether it was rung or not. */
const LOOK_MS = 25;

/** Bounds of the time the event loop turns without sleeping after a wait went well, in milliseconds. */
const HOT_LEAST_MS = 0.01;
const HOT_MOST_MS = availableParallelism() > 1 ? 0.2 : HOT_LEAST_MS;

/** The longest of these stretches when other threads need the processor. */
const HOT_CROWDED_MS = 0.02;

/** A ring that comes this soon after the loop went to sleep would have been met by more turns. */
const SOON_MS = 0.2;

/** After so many of the longest stretches in vain, this many wakes get the shortest. */
const VAIN_MOST = 4;
const MODEST_WAKES = 100;

/** A line of waits, as the parking lot sees it. */
export interface ParkedLine {
  /** Whether an async wait in it keeps the event loop alive. */
  readonly keepsAlive: boolean;
  /** Whether there is none. */
  readonly isEmpty: boolean;
  /** Lets its waits try. @returns whether one of them got what it waits for */
  serve(look: boolean): boolean;
  /** Gives a wake that reached it to another waiter. */
  passOn(): void;
  /** Whether what it waits for lies in the memory that `words` shows. */
  isIn(words: Int32Array): boolean;
  failAll(error: unknown): void;
}

/**
 * All lines of this thread that have async waits, and what wakes its event loop for them: the doorbell, one timer,
 * and, when messages come thick, turns of the loop that only look at a word.
 */
export class ParkingLot {
  readonly #agent: Agent = thisAgent();
  readonly #ways = shortWays();
  readonly #lines = new Set<ParkedLine>();
  #timer: NodeJS.Timeout | undefined;
  #referenced = false;
  #scanIsDue = false;
  /** Whether the loop answers a ring, until what it woke has run. */
  #isAnswering = false;
  #hasProgress = false;
  #refIsDue = false;
  #hotMost = HOT_MOST_MS;
  #hotMs = HOT_LEAST_MS;
  #hotUntil = 0;
  #isHot = false;
  #rungAt = 0;
  #parkedAt = 0;
  /** Longest stretches in vain, in a row; below 0 while they are given up. */
  #vain = 0;

  constructor() {
    this.#agent.onSelfRing = () => this.#scanSoon();
    this.#agent.onRing = () => {
      this.#isAnswering = true;
      this.#rungAt = performance.now();
      this.#hasProgress = this.#answer();
    };
    this.#agent.afterRing = () => this.#settle();
  }

  /** There are fewer processors than threads that work together with this one: it sleeps sooner. */
  makeWay(): void {
    this.#hotMost = Math.min(HOT_MOST_MS, HOT_CROWDED_MS);
  }

  /** A line got its first async wait. */
  join(line: ParkedLine): void {
    if (!this.#lines.has(line)) {
      if (this.#lines.size === 0) this.#open();
      this.#lines.add(line);
    }
    if (line.keepsAlive && !this.#referenced) this.#setRef(true);
  }

  /** A line has no async wait any more. */
  leave(line: ParkedLine): void {
    // It nearly always joins again at once.
    if (this.#lines.delete(line)) this.refChanged();
  }

  /** The memory that `words` shows is about to go. An object ends its own waits, but not those of observers. */
  endWaitsIn(words: Int32Array): void {
    for (const line of [...this.#lines]) {
      if (line.isIn(words))
        line.failAll(new ClosedError('Cannot wait any longer: the object was closed in this thread'));
    }
  }

  /** What {@link ParkedLine.keepsAlive} says has changed. */
  refChanged(): void {
    // Until then something else keeps the loop alive.
    if (this.#isAnswering || this.#isHot) this.#refIsDue = true;
    else this.#updateRef();
  }

  #updateRef(): void {
    this.#refIsDue = false;
    let wanted = false;
    for (const line of this.#lines) wanted ||= line.keepsAlive && !line.isEmpty;
    if (wanted !== this.#referenced) this.#setRef(wanted);
  }

  #setRef(wanted: boolean): void {
    this.#referenced = wanted;
    native.doorbellRef(wanted);
  }

  /**
   * This thread is about to block, for `line` if for one. Wakes that reach its other lines go to other waiters meanwhile.
   *
   * @returns what to do after each ring, or `undefined` when there are no other lines
   */
  beginSync(line?: ParkedLine): (() => void) | undefined {
    if (this.#othersThan(line) === 0) return undefined;
    const leaveOthers = () => {
      for (const other of this.#lines) if (other !== line) other.passOn();
    };
    leaveOthers();
    return leaveOthers;
  }

  endSync(line?: ParkedLine): void {
    // Its async waits may have got what they wait for in the short way.
    if (line?.isEmpty) this.leave(line);
    if (this.#othersThan(line) > 0) this.#scanSoon();
  }

  #othersThan(line: ParkedLine | undefined): number {
    return this.#lines.size - (line !== undefined && this.#lines.has(line) ? 1 : 0);
  }

  #open(): void {
    this.#agent.openDoorbell();
    this.#startTimer();
    // A ring from before the first wait must not keep later ones from being sent.
    if (!this.#isHot) this.#agent.mode = LOOP;
    this.#agent.answer();
  }

  /** A thread that waits again and again keeps its timer: to make one costs more than to begin it anew. */
  #startTimer(): void {
    if (this.#timer === undefined) this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
    else this.#timer.refresh();
  }

  #look(): void {
    if (this.#lines.size > 0) {
      // It may be of a ringer that was killed before it woke this thread: later ones would send nothing.
      this.#agent.answer();
      this.#scan(true);
      return;
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** @returns whether a wait got what it waits for */
  #answer(): boolean {
    if (!this.#ways.deliver()) {
      // Only now, with the ring taken from the socket: one from here on sends again.
      this.#agent.answer();
      return this.#scan(false);
    }
    // It stays among the others, as it nearly always waits again at once: a scan finds that it does not.
    this.#refIsDue = true;
    if (this.#lines.size > 1) this.#scan(false);
    return true;
  }

  /** What a ring asks for besides, when the code that it woke has run: that code comes first. */
  #settle(): void {
    this.#isAnswering = false;
    if (this.#hasProgress) this.#stayAwake();
    if (this.#refIsDue && !this.#isHot) this.#updateRef();
  }

  #scan(look: boolean): boolean {
    let progress = false;
    for (const line of [...this.#lines]) if (line.serve(look)) progress = true;
    return progress;
  }

  #scanSoon(): void {
    if (this.#scanIsDue) return;
    this.#scanIsDue = true;
    queueMicrotask(() => {
      this.#scanIsDue = false;
      this.#scan(false);
    });
  }

  /** Turns the loop without sleeping for a little while: rings are then free for the ringer and quick for us. */
  #stayAwake(): void {
    const now = performance.now();
    if (!this.#isHot) {
      const sleptMs = this.#rungAt - this.#parkedAt;
      this.#learn(sleptMs);
      this.#parkedAt = now;
      // Rings are rare: turns would meet none.
      if (sleptMs > SOON_MS && this.#hotMs === HOT_LEAST_MS) return;
    }
    this.#hotUntil = now + this.#hotMs;
    if (this.#isHot) return;
    this.#isHot = true;
    this.#agent.mode = AWAKE;
    this.#turn();
  }

  #turn(): void {
    // Keeps the loop alive for this moment: a loop that slept now would sleep as AWAKE, and would not be woken.
    setImmediate(() => {
      if (this.#agent.answer() && this.#scan(false)) {
        // While long stretches are given up, a ring that is met by chance does not bring them back: two threads that share
        // a processor would keep it from each other again.
        if (this.#vain >= 0) {
          this.#vain = 0;
          this.#hotMs = Math.min(this.#hotMost, this.#hotMs * 2);
        }
        this.#hotUntil = performance.now() + this.#hotMs;
      } else if (performance.now() > this.#hotUntil) {
        this.#park();
        return;
      }
      this.#turn();
    });
  }

  /** Adapts the stretch to how long the loop slept after the last one. */
  #learn(sleptMs: number): void {
    if (this.#vain < 0) {
      this.#vain++;
    } else if (sleptMs > SOON_MS) {
      this.#hotMs = Math.max(HOT_LEAST_MS, this.#hotMs / 2);
    } else if (this.#hotMs < this.#hotMost) {
      this.#hotMs = Math.min(this.#hotMost, this.#hotMs * 2);
    } else if (++this.#vain > VAIN_MOST) {
      this.#hotMs = HOT_LEAST_MS;
      this.#vain = -MODEST_WAKES;
    }
  }

  #park(): void {
    this.#isHot = false;
    this.#parkedAt = performance.now();
    this.#agent.mode = LOOP;
    if (this.#agent.answer()) this.#scan(false);
    if (this.#refIsDue) this.#updateRef();
  }
}

/** The parking lot of this thread. */
export function parkingLot(): ParkingLot {
  return singleton('parking-lot', () => new ParkingLot());
}
