import { checkOptions, deadlineOf } from '@mp/core/internal';
import type { Address, Connection } from '@mp/pipe/internal';
import type { TaskHome } from '@mp/process';
import { ownTask } from '@mp/process/internal';
import { type HostOrder, type HostTask, host } from './host.ts';
import { derive, Manager, makeObject, makerOf } from './manager.ts';
import type { NameOptions } from './name-options.ts';
import { WITHIN } from './reference.ts';
import type {
  HasMakers,
  KnownTypes,
  PassedToCreate,
  Remote,
  RemoteMethods,
  RemoteProperties,
  WillBe,
} from './remote-types.ts';
import { type ManagerServer, type ServeOptions, serve } from './serve.ts';
import { standardTypes } from './standard-types.ts';
import { type ConnectOptions, connectTo, type StartOptions, startServer } from './start.ts';
import { checkDefinition, type TypeDefinition, UserType } from './user-type.ts';

/** What one type of {@link defineManager} makes. */
type Made<D extends TypeDefinition> = Awaited<ReturnType<D['create']>>;

/** What clients may use of it. */
type Exposed<D extends TypeDefinition> = Pick<Made<D>, Extract<D['expose'][number], keyof Made<D>>>;

/** All types of the definition: an object that a method gives is exposed as its type says. */
type TypesOf<D extends Readonly<Record<string, TypeDefinition>>> = {
  readonly [K in keyof D & string]: readonly [Made<D[K]>, Exposed<D[K]>];
};

/** Its proxy, which is on its way: its methods can be called already. */
type MadeResult<D extends TypeDefinition, X extends KnownTypes> = Promise<Remote<Exposed<D>, Made<D>, X>> &
  WillBe<Made<D>> &
  RemoteMethods<Exposed<D>, X> &
  RemoteProperties<Exposed<D>, X>;

/** What makes the objects of a program's types. Where `create` has a parameter of a class, the proxy of such an object can be passed. */
export type MakersOf<D extends Readonly<Record<string, TypeDefinition>>> = {
  readonly [K in keyof D]: (
    ...args: PassedToCreate<Parameters<D[K]['create']>>
  ) => MadeResult<D[K], TypesOf<D>>;
};

/**
 * A manager with the types of a program: a method for each, which makes an object and answers its proxy. All arguments of
 * these methods are those of `create`: a name, a `timeout` and a `signal` are given by {@link within}.
 *
 * What a method gives that is an object of one of these types is known by what that type exposes.
 */
export type ManagerWith<D extends Readonly<Record<string, TypeDefinition>>> = Manager &
  MakersOf<D> &
  HasMakers<MakersOf<D>>;

/** Only what an object has can be exposed of it. */
type Exposable<D extends Readonly<Record<string, TypeDefinition>>> = {
  readonly [K in keyof D]: { readonly expose: readonly (keyof Made<D[K]>)[] };
};

/** What {@link defineManager} makes: the ways to a server that has the program's types. */
export interface ManagerDefinition<D extends Readonly<Record<string, TypeDefinition>>> {
  /**
   * Starts a server process, which ends with this one.
   *
   * @param options `authKey`, bytes or text, for programs that connect by themselves: default random, so that none of them
   * can; `init`: a task and its arguments, run in the server first; `limits`; `timeout` in ms from 0, default none; `signal`
   * @throws TypeError, RangeError on bad options
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it did not serve in time; the process is then ended
   * @throws ClosedError `ERR_MP_CLOSED` when the process ended before it served
   * @throws what `init` threw
   */
  start(options?: StartOptions): Promise<ManagerWith<D>>;
  /**
   * Makes this process the server, for programs that connect to it.
   *
   * @param address `{ path }` of a Unix socket, or `{ host, port }`, port 0 for a free one
   * @param options `authKey`, bytes or text, which may be left out only where other machines cannot come; `tls` for
   * `{ host, port }`: `key` and `cert`; `limits`
   * @throws TypeError, RangeError on bad arguments, and without `authKey` where other machines can come
   * @throws Error of the system when it cannot listen there: `code` is `'EADDRINUSE'`, `'EACCES'`, …
   */
  serve(address: Address, options?: ServeOptions): Promise<ManagerServer>;
  /**
   * Connects to a server of these types.
   *
   * @param address `{ path }`, or `{ host, port }`
   * @param options `authKey` of the server; `tls`; `retry`: looks for the server again when the connection is lost, for
   * `timeout` ms (default 60,000); `timeout` in ms from 0, default 30,000, with `retry` that of `retry`; `signal`
   * @throws AuthenticationError `ERR_MP_AUTHENTICATION` when the keys differ, or the certificate is not trusted
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it was not done in time
   * @throws ClosedError `ERR_MP_CLOSED` when the server closed the connection before it was authenticated
   * @throws MpError `ERR_MP_LIMIT` when the server has no place; `ERR_MP_MISMATCH` when it speaks another version
   * @throws Error of the system when no server listens there: `code` is `'ECONNREFUSED'`, `'ENOENT'`, …
   * @throws TypeError, RangeError on bad arguments
   */
  connect(address: Address, options?: ConnectOptions): Promise<ManagerWith<D>>;
}

/** What {@link defineManager} may be told. */
export interface DefineOptions {
  /** Tells it from others of the same module. */
  name?: string | undefined;
}

/**
 * Says which classes of a program a server hosts, and what of them clients may call. Like a task, it stands at the top of
 * a module, which the server process imports.
 *
 * It is `BaseManager.register()` of Python, for all types at once; what is exposed is always said.
 *
 * @param where `import.meta`, the `module` of CommonJS, or the file URL of this module
 * @param types by name: `create` makes an object in the server (or gives one that is there), `expose` names its methods
 * and properties for clients
 * @param options `name`: tells it from others of the same module
 * @throws TypeError on a definition that is none, and for names that a manager has itself
 *
 * @example
 * ```js
 * import { defineManager, isMain } from '@mp/manager';
 *
 * class Counter {
 *   value = 0;
 *   increment(by = 1) {
 *     this.value += by;
 *     return this.value;
 *   }
 * }
 *
 * export const Counters = defineManager(import.meta, {
 *   Counter: { create: () => new Counter(), expose: ['increment', 'value'] },
 * });
 *
 * if (isMain(import.meta)) {
 *   const manager = await Counters.start();
 *   const counter = await manager.Counter();
 *   console.log(await counter.increment(2), await counter.get('value')); // 2 2
 *   await manager.close();
 * }
 * ```
 */
export function defineManager<const D extends Readonly<Record<string, TypeDefinition>>>(
  where: TaskHome,
  types: D & Exposable<D>,
  options: DefineOptions = {},
): ManagerDefinition<D> {
  checkOptions(options, 'defineManager()', ['name']);
  const all = standardTypes();
  for (const [name, definition] of Object.entries<TypeDefinition>(types)) {
    checkDefinition(name, definition);
    if (name in Manager.prototype || all.has(name))
      throw new TypeError(`A manager has a method ${name} already: give the type another name`);
    all.set(name, new UserType(name, definition));
  }
  const hostTask: HostTask = ownTask(
    where,
    (connection: Connection<unknown>, order: HostOrder) => host(all, connection, order),
    { name: options.name ?? 'manager' },
  );
  const DefinedManager = derive();
  const names = Object.keys(types);
  for (const name of names) {
    Object.defineProperty(DefinedManager.prototype, name, {
      value(this: Manager, ...args: readonly unknown[]) {
        return makeObject(this, name, args, {});
      },
    });
  }
  Object.defineProperty(DefinedManager.prototype, WITHIN, {
    value(this: Manager, options: NameOptions) {
      checkOptions(options, 'within()', ['name', 'timeout', 'signal']);
      deadlineOf({ timeout: options.timeout, signal: options.signal });
      return Object.fromEntries(
        names.map((name) => [name, (...args: readonly unknown[]) => makeObject(this, name, args, options)]),
      );
    },
  });
  const make = makerOf(DefinedManager);
  return {
    start: (given) => startServer(make, hostTask, given) as Promise<ManagerWith<D>>,
    serve: (address, given) => serve(all, address, given),
    connect: (address, given) => connectTo(make, address, given) as Promise<ManagerWith<D>>,
  };
}
