import type { MpError } from '@mp/core';
import { overLimit } from './limits.ts';

/** The memory is looked at when calls have brought so many bytes of arguments. */
const LOOK_BYTES = 256 << 10;

/** Calls with shorter arguments bring nothing, unless they are one of {@link PUTS}. */
const FEW_BYTES = 256;

/** What puts something into an object, whatever its type is. */
const PUTS = new Set(
  'set setDefault update add push extend insert splice unshift put putMany tryPut tryPutMany'.split(' '),
);

/** By default, the part of its heap for old objects that may be filled: when it is full, V8 ends the process. */
const HEAP_PART = 2 / 3;
/** What V8 calls the limit of its heap counts what it keeps for young objects, too. Unless an option says more, that is less than a tenth. */
const OLD_PART = 0.9;
const OLD_OPTION = /(?:^|\s)--max[-_]old[-_]space[-_]size(?:=|\s+)(\d+)/g;

/** Garbage is collected in at most one part in so many of the time, while the memory is not beyond the limit by a margin. */
const PAUSES = 10;
/** The margin, as a part of the limit. */
const MARGIN = 0.1;
/**
 * Of a small limit that is less than the garbage that calls leave which only go through. So the margin of a limit that a program
 * gave doubles, up to this, with each collection beyond it that did make room, and is as before when one did not.
 */
const MARGIN_MOST_BYTES = 32 << 20;

/** About what an object takes that was made and has nothing in it, with what is noted of it. */
const OBJECT_BYTES = 1 << 10;

/**
 * Refuses what clients bring while a server has as much in memory as it may have: else it would die, for all of them.
 *
 * What they have stored is not counted but measured: it lies in containers, in objects of classes and in other values, is
 * changed there by tasks, and goes with references. Garbage is in memory, too; before a call is refused, it is collected.
 */
export class MemoryGuard {
  readonly #most: number;
  #ofHeap: number | undefined;
  /** Bytes of arguments since the last look. */
  #brought = 0;
  #isFull = false;
  #inUse = 0;
  /** When garbage may be collected again. */
  #collectAt = 0;
  /** How often in a row it was collected before that, and made room. */
  #early = 0;
  #collect: (() => void) | undefined;

  /** @param most bytes; `Infinity`: as much of its heap as is safe, and any number of bytes beside it */
  constructor(most: number) {
    this.#most = most;
  }

  /** Why a call cannot begin, if so. @param bytes about how long its arguments are */
  refusal(method: string, bytes: number): MpError | undefined {
    return this.#refusal(bytes, bytes >= FEW_BYTES || PUTS.has(method));
  }

  /** Why no object can be made, if so. */
  refusalOfObject(): MpError | undefined {
    return this.#refusal(OBJECT_BYTES, true);
  }

  #refusal(bytes: number, brings: boolean): MpError | undefined {
    this.#brought += bytes;
    if (this.#brought >= LOOK_BYTES || this.#isFull) this.#look();
    if (!this.#isFull || !brings) return undefined;
    return overLimit(
      `the server has ${this.#inUse} bytes in memory, and may have ${Math.floor(this.#limit)}`,
      'Take something out',
    );
  }

  #look(): void {
    this.#brought = 0;
    const begun = performance.now();
    if (this.#isFull && begun < this.#collectAt) return;
    this.#measure();
    const isEarly = begun < this.#collectAt;
    if (!this.#isFull || (isEarly && this.#inUse <= this.#limit + this.#margin)) {
      this.#isFull = false;
      return;
    }
    this.#collect ??= collector();
    this.#collect();
    this.#measure();
    if (this.#isFull) this.#early = 0;
    else if (isEarly) this.#early++;
    const ended = performance.now();
    this.#collectAt = ended + (ended - begun) * PAUSES;
  }

  #measure(): void {
    const { heapUsed, external } = process.memoryUsage();
    this.#inUse = this.#most === Infinity ? heapUsed : heapUsed + external;
    this.#isFull = this.#inUse > this.#limit;
  }

  get #margin(): number {
    const least = this.#limit * MARGIN;
    // Beyond the limit of the heap by much the process would end.
    if (this.#most === Infinity || least >= MARGIN_MOST_BYTES) return least;
    return Math.min(MARGIN_MOST_BYTES, least * 2 ** this.#early);
  }

  get #limit(): number {
    if (this.#most !== Infinity) return this.#most;
    this.#ofHeap ??= heapLimit() * HEAP_PART;
    return this.#ofHeap;
  }
}

/**
 * Bytes that old objects may take. The modules are loaded when much has come only, like what {@link collector} needs: to load them
 * takes time that the start of a server does not have.
 */
function heapLimit(): number {
  // An option of the command line comes after those of the environment, and the last one holds.
  const options = `${process.env.NODE_OPTIONS ?? ''} ${process.execArgv.join(' ')}`;
  const given = [...options.matchAll(OLD_OPTION)].at(-1)?.[1];
  if (given !== undefined) return Number(given) * 2 ** 20;
  const { isMainThread, resourceLimits } = process.getBuiltinModule('node:worker_threads');
  const { maxOldGenerationSizeMb = 0 } = resourceLimits;
  if (!isMainThread && maxOldGenerationSizeMb > 0) return maxOldGenerationSizeMb * 2 ** 20;
  return process.getBuiltinModule('node:v8').getHeapStatistics().heap_size_limit * OLD_PART;
}

/** What collects all garbage at once, which only V8 itself can. */
function collector(): () => void {
  process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
  return process.getBuiltinModule('node:vm').runInNewContext('gc') as () => void;
}
