import * as native from '@mp/native';
import { type ShortSleep, thisAgent } from './agent.ts';
import { singleton } from './thread-state.ts';
import { IS_TOLD, NOT_SHORT, type Short } from './wait.ts';

/*
 * The short way of a message: what a thread does with a line of messages when it has slept, or when the other end's thread
 * sleeps, is done by the native part, if it is the usual case. A thread that has slept enters a function in 1 to 3 µs, and
 * the long way is a hundred of them. Both ways do the same stores in the same order (`system/line.h` there).
 *
 * Words that both sides have, CONTROL: the line of which a message was taken, or -1; its length, -1 when there is only something
 * left to do; whether its entry was given up, too; whether something is left to do besides; then for each line the entry of a wait
 * that may be served, or 0.
 */
const LINE = 0;
const LENGTH = 1;
const LEFT = 2;
const MORE = 3;
const ENTRIES = 4;
const LINES_MOST = 256;
/** Of such an entry: the wait is {@link IS_TOLD}. */
const TOLD_ENTRY = 1 << 30;

/** What {@link ShortWay.send} answers, in bits. With others than {@link SENT} something is left to do, as `line.h` has it. */
export const NOT_SENT = 0;
export const SENT = 1;
/** Nobody was rung. */
export const NOBODY_RUNG = 2;
/** The latch of a queue is held yet: it has become contended. With {@link SENT}, all that comes behind the commit is to be done. */
export const INSIDE = 8;

/** What a sleep was ended by. */
const RUNG = 1;
const TAKEN = 2;

/** A line of waits for messages. */
interface ShortLine {
  shortWay: ShortWay | undefined;
  /** Something was got for the wait at the head. @param left whether its entry of the waiter table is given up, too */
  deliver(got: unknown, left: boolean): void;
}

/** The lines of this thread that have a short way. */
export class ShortWays {
  readonly control = new Int32Array(new ArrayBuffer((ENTRIES + LINES_MOST) * 4));
  readonly lines: ShortWay[] = [];

  constructor() {
    thisAgent().shareControl(this.control);
  }

  /** Gives a message that was taken when the event loop was rung to its wait. @returns whether there was one */
  deliver(): boolean {
    return this.lines[this.control[LINE]]?.deliver() ?? false;
  }
}

/** Words of a segment, by their index; 0 = the line does not have that. */
export interface ShortPlaces {
  /** Control lines and ring 0 of what this end sends, and of what it receives. */
  readonly out: readonly [control: number, first: number];
  readonly in: readonly [control: number, first: number];
  /** Bytes of each ring 0. */
  readonly ringBytes: number;
  /** The waiter tables of those that wait for messages, here and there. */
  readonly waiters: number;
  readonly farWaiters: number;
  readonly capacity: number;
  /** Of a queue, whose ring many threads write and read: the latches of both sides … */
  readonly latches?: readonly [put: number, get: number];
  /** … and the words that are 0 while it is open, has nothing beside the ring, and nothing of it is leased. */
  readonly states?: readonly [state: number, ready: number, leased: number];
}

/** What a line needs whose messages are taken for its waits. */
export interface Taking {
  /** Where they are put. */
  readonly bytes: Uint8Array;
  /** The waiter table of those that wait there for space to send. */
  readonly farSenders: number;
  /** Is told when a wake may be due for one of those, or for the next message; or the latch of a queue is held yet. */
  readonly onMore: () => void;
  /** The word that is 0 when the other end was closed. */
  readonly far: number;
}

const NOTHING_TAKEN: Taking = { bytes: new Uint8Array(0), farSenders: 0, onMore() {}, far: 0 };
const NO_LATCHES = [0, 0] as const;
const NO_STATES = [0, 0, 0] as const;

/** The short way of one end of a line. */
export class ShortWay implements ShortSleep {
  readonly #line: ShortLine;
  readonly #ways: ShortWays = shortWays();
  readonly #onMore: () => void;
  #number: number;

  constructor(segment: ArrayBuffer, line: ShortLine, places: ShortPlaces, taking: Taking = NOTHING_TAKEN) {
    const { ringBytes, waiters, farWaiters, capacity, latches = NO_LATCHES, states = NO_STATES } = places;
    const { bytes, farSenders, far, onMore } = taking;
    const rest = [ringBytes, waiters, farWaiters, farSenders, capacity, far, thisAgent().id];
    const all = Int32Array.from([...places.out, ...places.in, ...rest, ...latches, ...states]);
    this.#line = line;
    this.#onMore = onMore;
    this.#number = native.lineOpen(segment, all, bytes);
    if (this.#number < 0) return;
    this.#ways.lines[this.#number] = this;
    line.shortWay = this;
  }

  /** Whether there is one: a thread has no more than so many. */
  get isOpen(): boolean {
    return this.#number >= 0;
  }

  /** Sends a message and rings the thread that sleeps there. @returns {@link SENT}, what is left to do, or {@link NOT_SENT} */
  send(bytes: Uint8Array, length: number, flags: number): number {
    return this.#number < 0 ? NOT_SENT : native.lineSend(this.#number, bytes, length, flags);
  }

  /** Rings the thread that sleeps there for what was sent. @returns whether it did */
  wake(): boolean {
    return this.#number >= 0 && native.lineWake(this.#number);
  }

  /** Enters the waiter table. @returns the entry, below 0 if something has come; 0 = not entered */
  enter(short: Short): number {
    return this.#number < 0 ? 0 : native.lineEnter(this.#number, short === IS_TOLD);
  }

  /** @param entry of the wait at the head of the line, 0 = none, and what may be done for that */
  arm(entry: number, short: Short): void {
    if (this.#number < 0) return;
    const armed = short === NOT_SHORT ? 0 : short === IS_TOLD && entry !== 0 ? entry | TOLD_ENTRY : entry;
    this.#ways.control[ENTRIES + this.#number] = armed;
  }

  get isArmed(): boolean {
    return this.#number >= 0 && this.#ways.control[ENTRIES + this.#number] > 0;
  }

  /** Blocks the thread as `Agent.sleep()` does, and takes a message for its wait if it was rung for that. @returns whether it was rung */
  sleep(mode: number, milliseconds: number): boolean {
    const found = native.lineSleep(this.#number, mode, milliseconds);
    if (found === TAKEN) this.deliver();
    return found >= RUNG;
  }

  /** @returns whether there was a message */
  deliver(): boolean {
    const { control } = this.#ways;
    const length = control[LENGTH];
    const left = control[LEFT] === 1;
    // First: with the message, code of the user's may run, which may block, or close the line.
    if (control[MORE] === 1) this.#onMore();
    if (length >= 0) this.#line.deliver(length, left);
    return length >= 0;
  }

  close(): void {
    const { lines } = this.#ways;
    // Its segment may have gone first, and another line have its number.
    if (lines[this.#number] === this) {
      native.lineClose(this.#number);
      delete lines[this.#number];
    }
    this.#number = -1;
  }
}

export function shortWays(): ShortWays {
  return singleton('short-ways', () => new ShortWays());
}
