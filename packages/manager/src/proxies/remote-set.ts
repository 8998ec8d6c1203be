import type { WaitOptions } from '@mp/core';
import { itemsOf } from '../entries.ts';
import type { RemoteResult } from '../remote.ts';
import { StandardProxy } from './standard-proxy.ts';

/**
 * A set in the server, with the methods of a `Set`. (The managers of Python before 3.14 have none.) Its values are strings,
 * numbers, bigints, booleans and null.
 *
 * @typeParam T what its values are
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const seen = await manager.set(['a']);
 * console.log(await seen.add('a'), await seen.add('b'), await seen.size); // false true 2
 * await manager.close();
 * ```
 */
export class RemoteSet<T = unknown> extends StandardProxy {
  /** Adds a value. @returns whether it is new: of several clients that add it, one hears `true` */
  add(value: T, options?: WaitOptions): Promise<boolean> {
    return this.call('add', [value], options);
  }

  /** Whether it has this value. */
  has(value: T, options?: WaitOptions): Promise<boolean> {
    return this.call('has', [value], options);
  }

  /** Takes a value out. @returns whether it was there */
  delete(value: T, options?: WaitOptions): Promise<boolean> {
    return this.call('delete', [value], options);
  }

  /** Adds several values in one step. */
  update(values: Iterable<T>, options?: WaitOptions): Promise<void>;
  /**
   * Runs a task in the server, which gets the `Set`. No other call on it begins until the task has ended.
   *
   * @param task imported by a server that this program has started; any other server must have defined it
   * @returns what the task returned
   */
  update<A extends readonly unknown[], R>(
    task: (set: Set<T>, ...args: A) => R,
    ...args: A
  ): RemoteResult<Awaited<R>>;
  update(first: unknown, ...rest: readonly unknown[]): unknown {
    if (typeof first === 'function') return this.runTask(first as () => unknown, rest);
    return this.call('update', [itemsOf(first as Iterable<T>)], rest[0] as WaitOptions | undefined);
  }

  /** Takes all values out. */
  clear(options?: WaitOptions): Promise<void> {
    return this.call('clear', [], options);
  }

  /** How many values it has now. */
  get size(): Promise<number> {
    return this.call('size', []);
  }

  /** Its values now, in the order in which they were added. */
  values(options?: WaitOptions): Promise<T[]> {
    return this.call('values', [], options);
  }

  /** What is in it now, as a `Set` of this process. */
  toSet(options?: WaitOptions): Promise<Set<T>> {
    return this.call('toSet', [], options);
  }

  /** Its values as they are when the loop begins. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined> {
    return this.snapshot<T>();
  }
}
