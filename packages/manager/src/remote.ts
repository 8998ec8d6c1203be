import type { WaitOptions } from '@mp/core';
import { deadlineOf, HANDLE, type HandleRecord } from '@mp/core/internal';
import { taskRef } from '@mp/process/internal';
import { handleOf, presentCoding } from './coding.ts';
import { handleOfRef } from './handle.ts';
import { ITERATE, UPDATE } from './protocol.ts';
import {
  type ObjectRef,
  type PendingCall,
  REF,
  RESULT,
  type RefClient,
  refOf,
  setMaker,
  type Target,
} from './reference.ts';

type AnyFunction = (...args: never[]) => unknown;

/** What a client gets as it is: classes whose instances travel as copies, and proxies. */
type Copied =
  | { readonly [REF]: ObjectRef }
  | { [HANDLE](): HandleRecord }
  | Date
  | RegExp
  | URL
  | Error
  | Map<unknown, unknown>
  | Set<unknown>
  | readonly unknown[]
  | ArrayBufferView
  | ArrayBuffer;

type HasMethods<T> = T extends AnyFunction
  ? false
  : { [K in keyof T]: T[K] extends AnyFunction ? true : never }[keyof T] extends never
    ? false
    : true;

/** What a client gets for a value of the server: a copy; of an object with methods, its proxy. */
export type Received<T> = T extends Copied
  ? T
  : T extends object
    ? HasMethods<T> extends true
      ? Remote<T>
      : T
    : T;

/** What a client passes for a parameter: a value, the proxy of an object, or the result of a call that has not come yet. */
export type Passed<T> = T | Remote<T> | RemoteResult<T>;

/** The methods of an object, as a client calls them. */
export type RemoteMethods<T> = {
  readonly [K in keyof T as T[K] extends AnyFunction ? (K extends string ? K : never) : never]: T[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: { [I in keyof A]: Passed<A[I]> }) => RemoteResult<Awaited<R>>
    : never;
};

/** A result that is on its way: a promise, on which methods of the result can be called without waiting for it. */
export type RemoteResult<T> = Promise<Received<T>> & MethodsOfResult<NonNullable<T>>;

/** A value of a container that is on its way: what was put in, on whose methods calls can be made without waiting for it. */
export type ContainerResult<T> = Promise<T> & MethodsOfResult<NonNullable<T>>;

/** What can be called before it is there: `undefined` has no methods, which is then the error of the call. */
type MethodsOfResult<T> = [T] extends [never]
  ? unknown
  : [T] extends [object]
    ? RemoteMethods<T> & PropertiesUnlessCopied<T> & { readonly [Symbol.toStringTag]: string }
    : unknown;

type PropertiesUnlessCopied<T> = T extends Copied ? unknown : RemoteProperties<T>;

type PropertiesOf<T> = { [K in keyof T]: T[K] extends AnyFunction ? never : K }[keyof T];

/** How a client reads and writes the properties of an object. */
interface RemoteProperties<T> {
  /** Reads a property. */
  get<K extends PropertiesOf<T>>(name: K): RemoteResult<T[K]>;
  /** Writes a property. */
  set<K extends PropertiesOf<T>>(name: K, value: Passed<T[K]>): Promise<void>;
}

/** What a loop over an object yields. */
type Iterated<T> = T extends Iterable<infer I> | AsyncIterable<infer I>
  ? {
      /** What is in it now. */
      [Symbol.asyncIterator](): AsyncGenerator<Received<I>, void, undefined>;
    }
  : unknown;

/**
 * The object of a server, as a client has it: what it exposes, each method as a call over the connection.
 *
 * @typeParam T what is exposed of it
 * @typeParam O the whole object, as a task has it in the server
 */
export type Remote<T, O = T> = RemoteMethods<T> &
  RemoteProperties<T> &
  Iterated<T> & {
    /** Runs a task on the object, in the server and alone: no other call on it runs meanwhile. */
    update<A extends readonly unknown[], R>(
      task: (object: O, ...args: A) => R,
      ...args: A
    ): RemoteResult<Awaited<R>>;
    /** Lets go of it: the server may drop it. */
    [Symbol.dispose](): void;
  };

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
function remoteOf(ref: ObjectRef): object {
  return new Proxy(new RemoteTarget(ref), objectHandler);
}

setMaker(remoteOf);

function symbolOf(ref: ObjectRef, wait: WaitOptions | undefined, name: symbol): unknown {
  switch (name) {
    case REF:
      return ref;
    case HANDLE:
      return () => handleOfRef(ref);
    case Symbol.dispose:
      return () => ref.client.release(ref);
    case Symbol.asyncIterator:
      return () => iterate(ref, wait);
    case Symbol.toStringTag:
      return `Remote ${ref.type}`;
    default:
      return undefined;
  }
}

/** What is in the object now, one after the other. */
async function* iterate<T>(ref: ObjectRef, wait?: WaitOptions): AsyncGenerator<T, void, undefined> {
  yield* await ref.client.call<readonly T[]>(ref, ITERATE, [], wait).promise;
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
  return resultOf(client, call, finish);
}

/** Makes what the caller gets of a value that has come. */
type Finish = (value: never) => never;

interface ResultTarget {
  readonly client: RefClient;
  readonly call: PendingCall;
  readonly finish: Finish | undefined;
}

const resultHandler: ProxyHandler<ResultTarget> = {
  get({ client, call, finish }, name) {
    const { promise } = call;
    switch (name) {
      case 'then':
        return promise.then.bind(promise);
      case 'catch':
        return promise.catch.bind(promise);
      case 'finally':
        return promise.finally.bind(promise);
      case RESULT:
        return call;
      case HANDLE:
        return () => handleOfResult(call);
      case Symbol.toStringTag:
        return 'Promise';
    }
    if (typeof name === 'symbol') return undefined;
    return (...args: readonly unknown[]) => {
      // Its error is that of the call on it, too.
      promise.catch(() => {});
      return callMethod(client, call, name, args, undefined, finish);
    };
  },
  has: (_, name) => name === RESULT || name === HANDLE,
  getPrototypeOf: () => Promise.prototype,
  ownKeys: () => [],
};

function handleOfResult(call: PendingCall): HandleRecord {
  const parts = presentCoding()?.partsOf({ [RESULT]: call });
  if (parts === undefined)
    throw new TypeError('the result of a call that is still on its way. Await it first');
  return handleOf(parts);
}

/**
 * The promise of a result on which methods can be called before it is there.
 *
 * @param finish for the results of those: what is read out of a container is frozen, also on such a way
 */
export function resultOf<T>(client: RefClient, call: PendingCall<T>, finish?: Finish): RemoteResult<T> {
  return new Proxy<ResultTarget>({ client, call, finish }, resultHandler) as unknown as RemoteResult<T>;
}

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
export function within<R extends object>(remote: R, options: WaitOptions): R {
  const ref = refOf(remote);
  if (ref === undefined) throw new TypeError('within() needs the proxy of an object of a manager');
  deadlineOf(options);
  return new Proxy(new RemoteTarget(ref, options, remote), objectHandler) as unknown as R;
}
