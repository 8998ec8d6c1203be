import type { WaitOptions } from '@mp/core';
import { frozen } from '../plain-values.ts';
import type { ContainerResult } from '../remote.ts';
import { StandardProxy } from './standard-proxy.ts';

/**
 * One value in the server: `Manager().Value()` of Python, without its type code, which Python ignores.
 *
 * @typeParam T what it is
 *
 * @example
 * ```js
 * // add.mjs
 * import { isMain, Manager, task } from '@mp/manager';
 *
 * export const add = task(import.meta, (value, by) => value + by);
 *
 * if (isMain(import.meta)) {
 *   const manager = await Manager.start();
 *   const hits = await manager.value(1);
 *   console.log(await hits.update(add, 2), await hits.get()); // 3 3
 *   await manager.close();
 * }
 * ```
 */
export class RemoteValue<T = unknown> extends StandardProxy {
  /** The value now. A list or an object is a frozen copy. */
  get(options?: WaitOptions): ContainerResult<T> {
    return this.result('get', [], options, frozen as never);
  }

  /** Sets it. */
  set(value: T, options?: WaitOptions): Promise<void> {
    return this.call('set', [value], options);
  }

  /**
   * Computes a new value of the old one, in the server and in one step: no other call on it begins until the task has ended.
   *
   * @param task gets the value, and gives the new one. It is imported by a server that this program has started; any other
   * server must have defined it
   * @returns the new value
   */
  update<A extends readonly unknown[]>(
    task: (value: T, ...args: A) => T | PromiseLike<T>,
    ...args: A
  ): ContainerResult<T> {
    return this.runTask(task as (value: T, ...args: A) => T, args, frozen as never) as ContainerResult<T>;
  }
}
