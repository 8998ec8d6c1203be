import type { WaitOptions } from '@mp/core';
import { type Entries, entriesOf } from '../entries.ts';
import { frozen, frozenInside } from '../plain-values.ts';
import type { ContainerResult, RemoteResult } from '../remote.ts';
import { StandardProxy } from './standard-proxy.ts';

/**
 * A dict in the server: `Manager().dict()` of Python, with the methods of a `Map`. It keeps the order of insertion.
 *
 * A key is a string, a number, a bigint, a boolean or null. A value is all that can be sent, and the proxies of other
 * objects, which stay what they are. A list or an object that is read is a frozen copy: changing it is a `TypeError`, where
 * Python loses the change. A call on a result that is not there yet runs on the value in the server.
 *
 * @typeParam V what its values are
 * @typeParam K what its keys are
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const dict = await manager.dict({ a: [] });
 * await dict.get('a').push(1); // one call: it runs in the server
 * await dict.set('b', 2);
 * console.log(await dict.items()); // [ [ 'a', [ 1 ] ], [ 'b', 2 ] ]
 * await manager.close();
 * ```
 */
export class RemoteDict<V = unknown, K = string> extends StandardProxy {
  /**
   * The value of a key, `undefined` when there is none. A list or an object is a frozen copy; calls on the result before it
   * is there run on the value itself: `await dict.get('list').push(1)`.
   */
  get(key: K, options?: WaitOptions): ContainerResult<V | undefined> {
    return this.result('get', [key], options, frozen as never);
  }

  /** Sets the value of a key. @throws TypeError when an object is the key, which could not be found again */
  set(key: K, value: V, options?: WaitOptions): Promise<void> {
    return this.call('set', [key, value], options);
  }

  /** Whether there is such a key. */
  has(key: K, options?: WaitOptions): Promise<boolean> {
    return this.call('has', [key], options);
  }

  /** Takes a key out. @returns whether it was there */
  delete(key: K, options?: WaitOptions): Promise<boolean> {
    return this.call('delete', [key], options);
  }

  /** Takes a key out. @returns its value, `undefined` when it was not there (Python raises `KeyError`) */
  pop(key: K, options?: WaitOptions): Promise<V | undefined> {
    return this.call('pop', [key], options);
  }

  /** Takes out the key that was put in last. @returns it and its value, `undefined` of an empty dict (Python: `KeyError`) */
  popItem(options?: WaitOptions): Promise<[K, V] | undefined> {
    return this.call('popItem', [], options);
  }

  /** The value of a key; when there is none, it is set to `value` first. In one step: no other client comes between. */
  setDefault(key: K, value: V, options?: WaitOptions): ContainerResult<V> {
    return this.result('setDefault', [key, value], options, frozen as never);
  }

  /**
   * Sets several keys in one step.
   *
   * @param entries an object, a `Map`, or pairs
   */
  update(entries: Entries<K, V>, options?: WaitOptions): Promise<void>;
  /**
   * Runs a task in the server, which gets the `Map` that the dict is. No other call on the dict begins until the task has
   * ended, also when it awaits something.
   *
   * @param task imported by a server that this program has started; any other server must have defined it
   * @returns what the task returned
   */
  update<A extends readonly unknown[], R>(
    task: (map: Map<K, V>, ...args: A) => R,
    ...args: A
  ): RemoteResult<Awaited<R>>;
  update(first: unknown, ...rest: readonly unknown[]): unknown {
    if (typeof first === 'function') return this.runTask(first as () => unknown, rest);
    return this.call('update', [entriesOf(first)], rest[0] as WaitOptions | undefined);
  }

  /** Takes all keys out. */
  clear(options?: WaitOptions): Promise<void> {
    return this.call('clear', [], options);
  }

  /** How many keys it has now. */
  get size(): Promise<number> {
    return this.call('size', []);
  }

  /** Its keys now, in the order in which they were put in. */
  keys(options?: WaitOptions): Promise<K[]> {
    return this.call('keys', [], options);
  }

  /** Its values now. */
  values(options?: WaitOptions): Promise<V[]> {
    return this.call('values', [], options, frozenInside<V[]>);
  }

  /** Its keys and values now, as pairs. */
  items(options?: WaitOptions): Promise<[K, V][]> {
    return this.call('items', [], options, pairsFrozenInside<K, V>);
  }

  /** What is in it now, as a `Map` of this process: `copy()` of Python. */
  toMap(options?: WaitOptions): Promise<Map<K, V>> {
    return this.call('toMap', [], options, (map: Map<K, V>) => {
      for (const value of map.values()) frozen(value);
      return map;
    });
  }

  /** Its keys as they are when the loop begins; a later change is not seen, and does no harm. */
  [Symbol.asyncIterator](): AsyncIterableIterator<K, void, undefined> {
    return this.snapshot<K>();
  }
}

function pairsFrozenInside<K, V>(pairs: [K, V][]): [K, V][] {
  for (const [, value] of pairs) frozen(value);
  return pairs;
}
