import type { WaitOptions } from '@mp/core';
import { entriesOf } from '../entries.ts';
import { frozen, frozenInside } from '../plain-values.ts';
import type { ContainerResult, RemoteResult } from '../remote.ts';
import { StandardProxy } from './standard-proxy.ts';

/**
 * Named values in the server: `Manager().Namespace()` of Python. Unlike a dict, it has names that are known when the program
 * is written, so that TypeScript knows the type of each.
 *
 * A name that begins with `_` is refused. (Python keeps such an attribute in the process, which no other sees.)
 *
 * @typeParam T its names, and what their values are
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const config = await manager.namespace({ level: 1 });
 * await config.set('label', 'x');
 * console.log(await config.get('level'), await config.toObject()); // 1 { level: 1, label: 'x' }
 * await manager.close();
 * ```
 */
export class RemoteNamespace<T extends object = Record<string, unknown>> extends StandardProxy {
  /** The value of a name, `undefined` when it has none (Python: `AttributeError`). A list or an object is a frozen copy. */
  get<K extends keyof T & string>(name: K, options?: WaitOptions): ContainerResult<T[K]> {
    return this.result('get', [name], options, frozen as never);
  }

  /** Sets the value of a name. @throws TypeError for a name that begins with `_` */
  set<K extends keyof T & string>(name: K, value: T[K], options?: WaitOptions): Promise<void> {
    return this.call('set', [name, value], options);
  }

  /** Whether a name has a value. */
  has(name: keyof T & string, options?: WaitOptions): Promise<boolean> {
    return this.call('has', [name], options);
  }

  /** Takes a name out. @returns whether it was there */
  delete(name: keyof T & string, options?: WaitOptions): Promise<boolean> {
    return this.call('delete', [name], options);
  }

  /** Sets several names in one step. */
  update(values: Partial<T>, options?: WaitOptions): Promise<void>;
  /**
   * Runs a task in the server, which gets an object of these names. No other call on it begins until the task has ended.
   *
   * @param task imported by a server that this program has started; any other server must have defined it
   * @returns what the task returned
   */
  update<A extends readonly unknown[], R>(
    task: (names: T, ...args: A) => R,
    ...args: A
  ): RemoteResult<Awaited<R>>;
  update(first: unknown, ...rest: readonly unknown[]): unknown {
    if (typeof first === 'function') return this.runTask(first as () => unknown, rest);
    return this.call('update', [entriesOf(first)], rest[0] as WaitOptions | undefined);
  }

  /** Its names now. */
  keys(options?: WaitOptions): Promise<(keyof T & string)[]> {
    return this.call('keys', [], options);
  }

  /** A copy of all of it. */
  toObject(options?: WaitOptions): Promise<T> {
    return this.call('toObject', [], options, frozenInside<T>);
  }
}
