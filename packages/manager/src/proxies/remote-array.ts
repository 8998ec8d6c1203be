import type { WaitOptions } from '@mp/core';
import type { InputOf, TypedArrayOf, TypeName, ValueOf } from '@mp/shared';
import { itemsOf } from '../entries.ts';
import type { RemoteResult } from '../remote.ts';
import { StandardProxy } from './standard-proxy.ts';

/**
 * Numbers of one type in the server: `Manager().Array()` of Python. Its length is fixed. What does not fit is an error. A
 * `SharedArray` of `@mp/shared` is the faster one, between processes of one machine.
 *
 * @typeParam N name of the type: `'i32'`, `'f64'`, …, or Python's code for it
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const array = await manager.array('i', [1, 2, 3]);
 * await array.set(-1, 30);
 * console.log(await array.toArray(), await array.slice(1)); // [ 1, 2, 30 ] Int32Array(2) [ 2, 30 ]
 * await manager.close();
 * ```
 */
export class RemoteArray<N extends TypeName = TypeName> extends StandardProxy {
  /** The element at an index, from the end if it is negative. @throws RangeError when there is none */
  at(index: number, options?: WaitOptions): Promise<ValueOf<N>> {
    return this.call('at', [index], options);
  }

  /** Assigns an element. @throws TypeError, RangeError when there is none at this index, or the value does not fit */
  set(index: number, value: InputOf<N>, options?: WaitOptions): Promise<void> {
    return this.call('set', [index, value], options);
  }

  /**
   * Assigns several elements from an index on, in one step.
   *
   * @throws TypeError, RangeError when there are not so many, or a value does not fit; then none is changed
   */
  setMany(index: number, values: Iterable<InputOf<N>>, options?: WaitOptions): Promise<void> {
    return this.call('setMany', [index, itemsOf(values)], options);
  }

  /** A copy of the elements from `start` to before `end`, by the rules of `Array.prototype.slice`. */
  slice(start?: number, end?: number, options?: WaitOptions): Promise<TypedArrayOf<N>> {
    return this.call('slice', [start ?? null, end ?? null], options);
  }

  /** A copy of all elements, as an array. */
  toArray(options?: WaitOptions): Promise<ValueOf<N>[]> {
    return this.call('toArray', [], options);
  }

  /** How many elements it has. It never changes. */
  get length(): Promise<number> {
    return this.call('length', []);
  }

  /**
   * Runs a task in the server, which gets a typed array of the elements. No other call on it begins until the task has ended.
   *
   * @param task imported by a server that this program has started; any other server must have defined it
   * @returns what the task returned
   */
  update<A extends readonly unknown[], R>(
    task: (view: TypedArrayOf<N>, ...args: A) => R,
    ...args: A
  ): RemoteResult<Awaited<R>> {
    return this.runTask(task, args);
  }

  /** Its elements as they are when the loop begins. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ValueOf<N>, void, undefined> {
    return this.snapshot<ValueOf<N>>();
  }
}
