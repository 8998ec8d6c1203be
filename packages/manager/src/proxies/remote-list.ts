import type { WaitOptions } from '@mp/core';
import { itemsOf } from '../entries.ts';
import { frozen, frozenInside } from '../plain-values.ts';
import type { ContainerResult, RemoteResult } from '../remote.ts';
import { StandardProxy } from './standard-proxy.ts';

/** How {@link RemoteList.sort} sorts. */
export interface SortOptions extends WaitOptions {
  /** The largest first. Default: `false`. */
  reverse?: boolean | undefined;
}

/**
 * A list in the server: `Manager().list()` of Python, with the methods of an array.
 *
 * An item is all that can be sent, and the proxies of other objects, which stay what they are. Equal are, as in Python, data
 * with the same content. A list or an object that is read is a frozen copy; what was taken out is yours.
 *
 * @typeParam T what its items are
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const list = await manager.list([3, 1, 2]);
 * await list.push(10, 9);
 * await list.sort();
 * console.log(await list.toArray(), await list.at(-1)); // [ 1, 2, 3, 9, 10 ] 10
 * await manager.close();
 * ```
 */
export class RemoteList<T = unknown> extends StandardProxy {
  /**
   * The item at an index, from the end if it is negative; `undefined` when there is none. A call on the result before it is
   * there runs on the item itself.
   */
  at(index: number, options?: WaitOptions): ContainerResult<T | undefined> {
    return this.result('at', [index], options, frozen as never);
  }

  /** Puts another item in the place of one. @throws RangeError when there is none at this index */
  set(index: number, value: T, options?: WaitOptions): Promise<void> {
    return this.call('set', [index, value], options);
  }

  /** Puts items at the end; {@link RemoteList.extend} takes `timeout` and `signal`. @returns the length then */
  push(...items: T[]): Promise<number> {
    return this.call('push', items);
  }

  /** Puts all items of an iterable at the end, in one step. @returns the length then */
  extend(items: Iterable<T>, options?: WaitOptions): Promise<number> {
    return this.call('extend', [itemsOf(items)], options);
  }

  /**
   * Takes an item out. What it gives is a copy of your own, not frozen.
   *
   * @param index default: the last
   * @returns the item; `undefined` when the list is empty and no index was given (Python raises `IndexError`)
   * @throws RangeError when there is none at this index
   */
  pop(index?: number, options?: WaitOptions): Promise<T | undefined> {
    return this.call('pop', [index ?? null], options);
  }

  /** Puts an item before that at an index; beyond the ends, at the end. */
  insert(index: number, value: T, options?: WaitOptions): Promise<void> {
    return this.call('insert', [index, value], options);
  }

  /** Takes out the first item that equals `value`. @returns whether there was one (Python raises `ValueError`) */
  remove(value: T, options?: WaitOptions): Promise<boolean> {
    return this.call('remove', [value], options);
  }

  /** Where the first item is that equals `value`, from index `from` on; -1 when there is none (Python: `ValueError`). */
  indexOf(value: T, from?: number, options?: WaitOptions): Promise<number> {
    return this.call('indexOf', [value, from ?? null], options);
  }

  /** How many items equal `value`. */
  count(value: T, options?: WaitOptions): Promise<number> {
    return this.call('count', [value], options);
  }

  /** Whether an item equals `value`. */
  includes(value: T, options?: WaitOptions): Promise<boolean> {
    return this.call('includes', [value], options);
  }

  /** Turns the order round. */
  reverse(options?: WaitOptions): Promise<void> {
    return this.call('reverse', [], options);
  }

  /**
   * Sorts numbers by their size, or texts by their characters. An array in JavaScript sorts 10 before 9; this does not.
   *
   * @throws TypeError when there is anything else: `update(task)` can sort by a function
   */
  sort({ reverse = false, ...options }: SortOptions = {}): Promise<void> {
    return this.call('sort', [{ reverse }], options);
  }

  /** A copy of the items from `start` to before `end`, by the rules of `Array.prototype.slice`. */
  slice(start?: number, end?: number, options?: WaitOptions): Promise<T[]> {
    return this.call('slice', [start ?? null, end ?? null], options, frozenInside<T[]>);
  }

  /** Takes `deleteCount` items out from `start` on, and puts others there. @returns those that were taken out */
  splice(start: number, deleteCount?: number, ...items: T[]): Promise<T[]> {
    return this.call('splice', [start, deleteCount ?? null, ...items]);
  }

  /**
   * Runs a task in the server, which gets the array that the list is. No other call on the list begins until the task has
   * ended, also when it awaits something.
   *
   * @param task imported by a server that this program has started; any other server must have defined it
   * @returns what the task returned
   */
  update<A extends readonly unknown[], R>(
    task: (items: T[], ...args: A) => R,
    ...args: A
  ): RemoteResult<Awaited<R>> {
    return this.runTask(task, args);
  }

  /** Takes all items out. */
  clear(options?: WaitOptions): Promise<void> {
    return this.call('clear', [], options);
  }

  /** How many items it has now. */
  get length(): Promise<number> {
    return this.call('length', []);
  }

  /** A copy of all items. */
  toArray(options?: WaitOptions): Promise<T[]> {
    return this.call('toArray', [], options, frozenInside<T[]>);
  }

  /** Its items as they are when the loop begins; a later change is not seen, and does no harm. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, void, undefined> {
    return this.snapshot<T>();
  }
}
