import type { WaitOptions } from '@mp/core';
import { deadlineOf, HANDLE } from '@mp/core/internal';
import { taskRef } from '@mp/process/internal';
import { handleOfRef } from './handle.ts';
import type { NameOptions } from './name-options.ts';
import { ITERATE, UPDATE } from './protocol.ts';
import {
  hasOwnProxy,
  type ObjectRef,
  type PendingCall,
  REF,
  RESULT,
  type RefClient,
  refOf,
  type Target,
  WITHIN,
} from './reference.ts';
import type { HasMakers, RemoteResult } from './remote-types.ts';
import { snapshotLoop } from './snapshot-loop.ts';

export type {
  ContainerResult,
  Passed,
  Received,
  Remote,
  RemoteMethods,
  RemoteResult,
} from './remote-types.ts';

/** What a proxy stands for. */
class RemoteTarget {
  readonly ref: ObjectRef;
  readonly wait: WaitOptions | undefined;
  /** The proxy that lets go of the object when it is collected. */
  readonly keeps: object | undefined;

  constructor(ref: ObjectRef, wait?: WaitOptions, keeps?: object) {
    this.ref = ref;
    this.wait = wait;
    this.keeps = keeps;
  }

  /** What `console.log` shows: it looks through the proxy. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Remote<${this.ref.type}> {}`;
  }
}

const objectHandler: ProxyHandler<RemoteTarget> = {
  get({ ref, wait }, name) {
    if (typeof name === 'symbol') return symbolOf(ref, wait, name);
    // A promise that resolves with a proxy must not take it for a promise, nor JSON.stringify call anything.
    if (name === 'then' || name === 'toJSON') return undefined;
    return (...args: readonly unknown[]) => callMethod(ref.client, ref, name, args, wait);
  },
  has: (_, name) => name === REF || name === HANDLE,
  set(_, name) {
    throw new TypeError(
      `Cannot assign ${String(name)} of an object of a manager: await it with set(name, value)`,
    );
  },
  getPrototypeOf: () => RemoteObject.prototype,
  ownKeys: () => [],
};

/** What proxies seem to be instances of: no plain data. */
class RemoteObject {}

/** A proxy for an object of a class that this package has no own proxy class for. */
export function remoteOf(ref: ObjectRef): object {
  return new Proxy(new RemoteTarget(ref), objectHandler);
}

function symbolOf(ref: ObjectRef, wait: WaitOptions | undefined, name: symbol): unknown {
  switch (name) {
    case REF:
      return ref;
    case HANDLE:
      return () => handleOfRef(ref);
    case Symbol.dispose:
      return () => ref.client.release(ref);
    case Symbol.asyncIterator:
      return () => snapshotLoop(() => ref.client.call<readonly unknown[]>(ref, ITERATE, [], wait).promise);
    case Symbol.toStringTag:
      return `Remote ${ref.type}`;
    default:
      return undefined;
  }
}

function callMethod(
  client: RefClient,
  target: Target,
  name: string,
  args: readonly unknown[],
  wait: WaitOptions | undefined,
  finish?: Finish,
): unknown {
  const isUpdate = name === 'update' && typeof args[0] === 'function';
  const call = isUpdate
    ? client.call(target, UPDATE, [taskRef(args[0], 'task'), ...args.slice(1)], wait, finish)
    : client.call(target, name, args, wait, finish);
  return resultOf(call);
}

/** Makes what the caller gets of a value that has come. */
type Finish = (value: never) => never;

/** The promise of a result. */
type ResultPromise = Promise<unknown> & { [RESULT]: PendingCall };

/** Where what a promise has is not found: the methods of a result, whose names are not known here. */
const methodsOfResults = new Proxy(Object.create(Promise.prototype) as object, {
  get(_, name, result: ResultPromise) {
    if (typeof name === 'symbol') return undefined;
    const call = result[RESULT];
    return (...args: readonly unknown[]) => {
      // Its error is that of the call on it, too.
      call.promise.catch(() => {});
      return callMethod(call.client, call, name, args, undefined, call.finish as Finish | undefined);
    };
  },
});

/** What the promises of results have. They are promises, not merely like them: `await` then takes them as they are. */
const resultPrototype = Object.create(methodsOfResults, {
  constructor: { value: Promise },
  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then: { value: Promise.prototype.then },
  catch: { value: Promise.prototype.catch },
  finally: { value: Promise.prototype.finally },
  [HANDLE]: { value: refuseResult },
  [Symbol.toStringTag]: { value: 'Promise' },
  /** What `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')]: {
    value: () => 'RemoteResult { await it, or call a method on it }',
  },
}) as object;

/** Where a result lies in a value, no answer can be put. */
function refuseResult(): never {
  throw new TypeError('the result of a call that is still on its way. Await it first');
}

/** Makes of the promise of a call one on which methods can be called before the result is there. */
export function resultOf<T>(call: PendingCall<T>): RemoteResult<T> {
  const { promise } = call;
  (promise as unknown as ResultPromise)[RESULT] = call as PendingCall;
  return Object.setPrototypeOf(promise, resultPrototype) as RemoteResult<T>;
}

/**
 * The methods of a manager that make objects of a program's own types, with what those of our own types take themselves.
 *
 * @param manager one of `defineManager`
 * @param options `name`: the object of that name, which is made if there is none, and stays until `manager.unlink(name)`;
 * `timeout` in ms; `signal`
 * @throws TypeError for a manager without types of its own, and on bad options
 *
 * @example
 * ```js
 * import { defineManager, isMain, within } from '@mp/manager';
 *
 * export const Logs = defineManager(import.meta, { Log: { create: () => [], expose: ['push', 'length'] } });
 *
 * if (isMain(import.meta)) {
 *   const manager = await Logs.start();
 *   const main = await within(manager, { name: 'main', timeout: 5_000 }).Log();
 *   console.log(await main.push('begun'), main === (await within(manager, { name: 'main' }).Log())); // 1 true
 *   await manager.close();
 * }
 * ```
 */
export function within<M>(manager: HasMakers<M>, options: NameOptions): M;
/**
 * The same object, but each call on it waits at most so long, or until it is aborted; the server is then told, and aborts
 * the signal of its {@link currentCall}.
 *
 * @param remote a proxy of a class of yours; the methods of our own types take these options themselves
 * @param options `timeout` in ms; `signal`
 * @throws TypeError when it is not a proxy
 *
 * @example
 * ```js
 * import { defineManager, isMain, within } from '@mp/manager';
 *
 * class Slow {
 *   async answer() {
 *     await new Promise((resolve) => setTimeout(resolve, 10_000).unref());
 *     return 42;
 *   }
 * }
 *
 * export const Slows = defineManager(import.meta, { Slow: { create: () => new Slow(), expose: ['answer'] } });
 *
 * if (isMain(import.meta)) {
 *   const manager = await Slows.start();
 *   const slow = await manager.Slow();
 *   await within(slow, { timeout: 50 }).answer().catch((error) => console.log(error.code)); // ERR_MP_TIMEOUT
 *   await manager.close();
 * }
 * ```
 */
export function within<R extends object>(remote: R, options: WaitOptions): R;
export function within(remote: object, options: WaitOptions): object {
  const makers = (remote as { [WITHIN]?(options: WaitOptions): object } | undefined)?.[WITHIN];
  if (makers !== undefined) return makers.call(remote, options);
  const ref = refOf(remote);
  if (ref === undefined)
    throw new TypeError(
      'within() needs the proxy of an object of a manager, or a manager of defineManager()',
    );
  if (hasOwnProxy(ref.type))
    throw new TypeError(
      `within() is for objects of your own classes: the methods of a ${ref.type} take timeout and signal themselves`,
    );
  deadlineOf(options);
  return new Proxy(new RemoteTarget(ref, options, remote), objectHandler);
}
