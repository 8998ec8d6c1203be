import { checkOptions } from '@mp/core/internal';
import type { Address, Connection } from '@mp/pipe/internal';
import type { TaskHome } from '@mp/process';
import { ownTask } from '@mp/process/internal';
import { type HostOrder, type HostTask, host } from './host.ts';
import { Manager } from './manager.ts';
import type { Remote, RemoteMethods } from './remote.ts';
import { type ManagerServer, type ServeOptions, serve } from './serve.ts';
import { standardTypes } from './standard-types.ts';
import { type ConnectOptions, connectTo, type StartOptions, startServer } from './start.ts';
import { checkDefinition, type TypeDefinition, UserType } from './user-type.ts';

/** What one type of {@link defineManager} makes. */
type Made<D extends TypeDefinition> = Awaited<ReturnType<D['create']>>;

/** What clients may use of it. */
type Exposed<D extends TypeDefinition> = Pick<Made<D>, Extract<D['expose'][number], keyof Made<D>>>;

/** Its proxy, which is on its way: its methods can be called already. */
type MadeResult<D extends TypeDefinition> = Promise<Remote<Exposed<D>, Made<D>>> & RemoteMethods<Exposed<D>>;

/** A manager with the types of a program: a method for each, which makes an object and answers its proxy. */
export type ManagerWith<D extends Readonly<Record<string, TypeDefinition>>> = Manager & {
  readonly [K in keyof D]: (...args: Parameters<D[K]['create']>) => MadeResult<D[K]>;
};

/** Only what an object has can be exposed of it. */
type Exposable<D extends Readonly<Record<string, TypeDefinition>>> = {
  readonly [K in keyof D]: { readonly expose: readonly (keyof Made<D[K]>)[] };
};

/** What {@link defineManager} makes: the ways to a server that has the program's types. */
export interface ManagerDefinition<D extends Readonly<Record<string, TypeDefinition>>> {
  /** Starts a server process, which ends with this one. */
  start(options?: StartOptions): Promise<ManagerWith<D>>;
  /** Makes this process the server, for programs that connect to it. */
  serve(address: Address, options?: ServeOptions): Promise<ManagerServer>;
  /** Connects to a server of these types. */
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
  class DefinedManager extends Manager {}
  for (const name of Object.keys(types)) {
    Object.defineProperty(DefinedManager.prototype, name, {
      value(this: Manager, ...args: readonly unknown[]) {
        return this.make(name, args);
      },
    });
  }
  return {
    start: (given) => startServer(DefinedManager, hostTask, given) as Promise<ManagerWith<D>>,
    serve: (address, given) => serve(all, address, given),
    connect: (address, given) => connectTo(DefinedManager, address, given) as Promise<ManagerWith<D>>,
  };
}
