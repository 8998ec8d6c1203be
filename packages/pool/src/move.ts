import type { MessagePort, Transferable } from 'node:worker_threads';
import { REFUSE, singleton } from '@mp/core/internal';
import { receive } from './port.ts';

/** What can be moved: what `postMessage()` of `node:worker_threads` can transfer, or a view of such memory. */
export type Movable = Transferable | ArrayBufferView;

/** A bundle may hold this module twice: both know the mark of each other's. */
const MARK = Symbol.for('@mp/pool moved');
const state = singleton('pool-moves', () => ({ used: false }));

/** Stands for a value that is moved. */
class Moved {
  readonly [MARK] = true;
  readonly value: Movable;

  constructor(value: Movable) {
    this.value = value;
  }

  get [REFUSE](): string {
    return 'move() stands for a whole argument, item or result, not for a part of one';
  }
}

/**
 * Has an argument, an item or the result of a task move to the thread that gets it instead of being copied: an
 * `ArrayBuffer`, a view of one, a `MessagePort`. Here nothing is left of it (`byteLength` is 0) as soon as the call is
 * made. It says nothing to a pool of processes, where everything is copied.
 *
 * @param value the whole argument, item or result; what is in it cannot be marked
 * @returns stands for it in the call, and is good for nothing else
 * @throws TypeError when it is no object; a call that is given one that no thread can be given rejects with it
 *
 * @example
 * ```js
 * import { isMain, move, Pool, task } from '@mp/pool';
 *
 * export const invert = task(import.meta, (pixels) => {
 *   for (let i = 0; i < pixels.length; i++) pixels[i] = 255 - pixels[i];
 *   return move(pixels);
 * });
 *
 * if (isMain(import.meta)) {
 *   const pool = new Pool({ kind: 'thread', workers: 1 });
 *   const pixels = new Uint8Array(1_000_000);
 *   const inverted = await pool.apply(invert, [move(pixels)]);
 *   console.log(inverted[0], pixels.length); // 255 0
 *   pool.close();
 *   await pool.join();
 * }
 * ```
 */
export function move<T extends Movable>(value: T): T {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(
      `move() takes an ArrayBuffer, a view of one, or another object that threads can transfer, not ${value === null ? 'null' : `a ${typeof value}`}`,
    );
  state.used = true;
  return new Moved(value) as unknown as T;
}

/** What an answer says of values that came through the port before it. */
export interface MovedMark {
  readonly at: readonly number[];
  readonly number: number;
}

/** The number of what is moved to a worker: it is sent when the worker asks, so nothing else is on the way. */
export const TO_WORKER = 0;

/** Values that are moved, and their places among others. */
export interface Moves {
  readonly at: readonly number[];
  readonly values: readonly Movable[];
}

function isMoved(value: unknown): value is Moved {
  return typeof value === 'object' && value !== null && MARK in value;
}

/** Whether anything was marked in this thread: most programs never move anything, and look through nothing. */
export function mayMove(): boolean {
  return state.used;
}

/** Puts the values themselves where {@link move} stands for them. */
export function unmove(values: unknown[]): void {
  for (const [index, value] of values.entries()) if (isMoved(value)) values[index] = value.value;
}

/**
 * Takes what is to be moved out of these values: from now on it belongs to nobody but the job or the answer.
 *
 * @param fail told of what cannot be moved, and where it stands
 */
export function takeMoves(
  values: unknown[],
  fail: (index: number, error: unknown) => void,
): Moves | undefined {
  const at: number[] = [];
  const taken: Movable[] = [];
  for (const [index, value] of values.entries()) {
    if (!isMoved(value)) continue;
    try {
      assertHere(value.value);
      taken.push(transferred(value.value));
      at.push(index);
      values[index] = null;
    } catch (error) {
      fail(index, error);
    }
  }
  return at.length === 0 ? undefined : { at, values: taken };
}

/** @param number tells them from what else goes through the port */
export function post(port: MessagePort, { values }: Moves, number: number): void {
  port.postMessage([number, values], values.map(memoryOf) as never);
}

/**
 * What was moved with this number. What came before it belonged to an answer that could not be read, or was never sent.
 *
 * @returns `undefined` when it has not come
 */
export function receiveMoved(port: MessagePort, number: number): readonly unknown[] | undefined {
  for (;;) {
    const message = receive(port) as [number: number, values: readonly unknown[]] | undefined;
    if (message === undefined || message[0] === number) return message?.[1];
  }
}

/** Puts what came through a port into its places. */
export function putBack(values: unknown[], at: readonly number[], moved: readonly unknown[]): void {
  for (const [index, place] of at.entries()) values[place] = moved[index];
}

/** @throws TypeError for memory that was moved before: a transfer would make it an empty one without a word */
function assertHere(value: Movable): void {
  const memory = memoryOf(value);
  if (!(memory instanceof ArrayBuffer) || memory.byteLength > 0) return;
  try {
    // Refuses memory that is not there, and takes an empty one.
    new Uint8Array(memory);
  } catch {
    throw new TypeError(
      'What move() stands for was moved before, or shares its memory with something that was',
    );
  }
}

/** @throws TypeError for what no thread can be given: which error that is differs between the lines of Node */
function transferred(value: Movable): Movable {
  try {
    return structuredClone(value, { transfer: [memoryOf(value)] as never });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`What move() stands for cannot be given to a thread: ${why}`, { cause });
  }
}

/** What is transferred when a value is moved. */
function memoryOf(value: Movable): Movable {
  return ArrayBuffer.isView(value) ? (value.buffer as ArrayBuffer) : value;
}
