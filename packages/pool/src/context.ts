import type { AsyncLocalStorage } from 'node:async_hooks';
import { singleton } from '@mp/core/internal';

/** What goes with a call beside its arguments. */
export interface Context {
  readonly traceparent?: string | undefined;
  /** The stores of the carried storages, by name. */
  readonly stores?: Record<string, unknown> | undefined;
  /** Places of the values that come through the port. */
  readonly moved?: readonly number[] | undefined;
}

const carried = singleton('pool-context', () => new Map<string, AsyncLocalStorage<unknown>>());

/**
 * Has the store of `storage` travel with every task that is given to a pool: the task runs within a copy of it. Called
 * at the top of a module that both sides load, like that of the task. A store that cannot be sent rejects the call.
 *
 * @param name the same on both sides, and not of another storage
 * @throws TypeError when another storage has the name
 *
 * @example
 * ```js
 * import { AsyncLocalStorage } from 'node:async_hooks';
 * import { carryContext, isMain, Pool, task } from '@mp/pool';
 *
 * const request = new AsyncLocalStorage();
 * carryContext('request', request);
 * export const who = task(import.meta, () => request.getStore().user);
 *
 * if (isMain(import.meta)) {
 *   const pool = new Pool({ workers: 1 });
 *   console.log(await request.run({ user: 'ada' }, () => pool.apply(who))); // ada
 *   pool.close();
 *   await pool.join();
 * }
 * ```
 */
export function carryContext<T>(name: string, storage: AsyncLocalStorage<T>): void {
  if (typeof name !== 'string') throw new TypeError(`name must be a string, not a ${typeof name}`);
  if (typeof storage?.getStore !== 'function')
    throw new TypeError('storage must be an AsyncLocalStorage of node:async_hooks');
  const other = carried.get(name);
  if (other !== undefined && other !== storage)
    throw new TypeError(`Another AsyncLocalStorage is carried as '${name}': take another name`);
  carried.set(name, storage as AsyncLocalStorage<unknown>);
}

/** What goes with a call that is given now, if anything does. */
export function contextNow(traceparent: string | undefined): Context | undefined {
  let stores: Record<string, unknown> | undefined;
  for (const [name, storage] of carried) {
    const store = storage.getStore();
    if (store === undefined) continue;
    stores ??= {};
    stores[name] = store;
  }
  return stores === undefined && traceparent === undefined ? undefined : { traceparent, stores };
}

/** Calls `run` within what has travelled. A storage that this side does not carry is left out. */
export function runWithin<R>(context: Context | undefined, run: () => R): R {
  let inner = run;
  for (const [name, store] of Object.entries(context?.stores ?? {})) {
    const storage = carried.get(name);
    if (storage === undefined) continue;
    const next = inner;
    inner = () => storage.run(store, next);
  }
  return inner();
}
