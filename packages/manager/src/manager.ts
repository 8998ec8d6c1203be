import { EventEmitter } from 'node:events';
import type { WaitOptions } from '@mp/core';
import { checkOptions, REFUSE } from '@mp/core/internal';
import type { Address } from '@mp/pipe/internal';
import type { InputOf, TypeName } from '@mp/shared';
import type { Client } from './client.ts';
import { type Entries, entriesOf, itemsOf } from './entries.ts';
import { hostStandard } from './host.ts';
import {
  type BarrierOptions,
  conductOf,
  type ManagerEvents,
  type ManagerStats,
  type SemaphoreOptions,
} from './manager-options.ts';
import type { NameOptions } from './name-options.ts';
import { type QueueType, queueRequest, type RemoteQueueOptions } from './proxies/queue-makers.ts';
import type { RemoteArray } from './proxies/remote-array.ts';
import type { RemoteBarrier } from './proxies/remote-barrier.ts';
import type { RemoteCondition } from './proxies/remote-condition.ts';
import type { RemoteDict } from './proxies/remote-dict.ts';
import type { RemoteEvent } from './proxies/remote-event.ts';
import type { RemoteList } from './proxies/remote-list.ts';
import type { RemoteLock } from './proxies/remote-lock.ts';
import type { RemoteNamespace } from './proxies/remote-namespace.ts';
import { poolOrder, type RemotePool, type RemotePoolOptions } from './proxies/remote-pool.ts';
import type { RemoteQueue } from './proxies/remote-queue.ts';
import type {
  RemoteJoinableQueue,
  RemoteLifoQueue,
  RemotePriorityQueue,
} from './proxies/remote-queue-kinds.ts';
import type { RemoteRLock } from './proxies/remote-rlock.ts';
import type { RemoteSemaphore } from './proxies/remote-semaphore.ts';
import type { RemoteSet } from './proxies/remote-set.ts';
import type { RemoteValue } from './proxies/remote-value.ts';
import { type RemoteResult, resultOf } from './remote.ts';
import { type ManagerServer, type ServeOptions, serve } from './serve.ts';
import { standardTypes } from './standard-types.ts';
import {
  type ConnectOptions,
  connectTo,
  type EndServer,
  type ManagerMaker,
  type StartOptions,
  startServer,
} from './start.ts';

/** A class of managers, whose constructor is not for users. */
export type ManagerClass = typeof Manager;

/** How managers of a class are made. */
export let makerOf: (Class: ManagerClass) => ManagerMaker<Manager>;

/** A class of managers that can have methods of its own. */
export let derive: () => ManagerClass;

/** Makes an object of any type of the server, or finds the one of that name. */
export let makeObject: (
  manager: Manager,
  type: string,
  args: readonly unknown[],
  options: NameOptions,
) => RemoteResult<unknown>;

/**
 * A connection to a server process in which objects live, and what makes objects there.
 *
 * It is `multiprocessing.Manager` of Python.
 *
 * @example
 * ```js
 * import { Manager } from '@mp/manager';
 *
 * const manager = await Manager.start();
 * const dict = await manager.dict({ a: 1 });
 * console.log(await dict.get('a'), await manager.stats()); // 1 { objects: 1, clients: 1 }
 * await manager.close();
 * ```
 */
export class Manager extends EventEmitter<ManagerEvents> {
  #client: Client;
  readonly #end: EndServer;
  #isClosing = false;

  /**
   * Starts a server process, which ends with this one.
   *
   * @param options `authKey`, bytes or text, for programs that connect by themselves: default random, so that none of them
   * can; `init`: a task and its arguments, run in the server first; `limits`; `timeout` in ms from 0, default none; `signal`
   * @throws TypeError, RangeError on bad options; what `init` threw
   * @throws TimeoutError `ERR_MP_TIMEOUT` when it did not serve in time; the process is then ended
   * @throws ClosedError `ERR_MP_CLOSED` when the process ended before it served
   */
  static start(options?: StartOptions): Promise<Manager> {
    return startServer(makerOf(Manager), hostStandard, options);
  }

  /**
   * Makes this process a server, for programs that connect to it.
   *
   * @param address `{ path }` of a Unix socket, or `{ host, port }`, port 0 for a free one
   * @param options `authKey`, bytes or text, which may be left out only where other machines cannot come; `tls` for
   * `{ host, port }`: `key` and `cert`; `limits`
   * @throws TypeError, RangeError on bad arguments, and without `authKey` where other machines can come
   * @throws Error of the system when it cannot listen there: `code` is `'EADDRINUSE'`, `'EACCES'`, …
   */
  static serve(address: Address, options?: ServeOptions): Promise<ManagerServer> {
    return serve(standardTypes(), address, options);
  }

  /**
   * Connects to a server that runs.
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
  static connect(address: Address, options?: ConnectOptions): Promise<Manager> {
    return connectTo(makerOf(Manager), address, options);
  }

  static {
    makerOf = (Class) => (client, end) => {
      const manager = new Class(client, end);
      return {
        manager,
        follower: { use: (next) => manager.#use(next), connected: () => manager.#connected() },
      };
    };
    derive = () => class extends Manager {};
    makeObject = (manager, type, args, options) => manager.#make(type, args, options);
  }

  private constructor(client: Client, end: EndServer) {
    super();
    this.#client = client;
    this.#end = end;
    this.#use(client);
  }

  /** Uses another connection from now on. */
  #use(client: Client): void {
    this.#client = client;
    client.onEnd((error) => {
      // In a turn of its own: what a handler throws is not an error of the connection.
      if (!this.#isClosing) process.nextTick(() => this.emit('disconnect', error));
    });
  }

  /** The connection is there again. */
  #connected(): void {
    process.nextTick(() => this.emit('connect'));
  }

  /** Where the server listens. */
  get address() {
    return this.#client.info?.address;
  }

  /** Whether the connection has ended: it was closed here, or the server is gone. */
  get closed(): boolean {
    return this.#client.closed;
  }

  /** What the server holds at present. */
  stats(options?: WaitOptions): Promise<ManagerStats> {
    return this.#client.call<ManagerStats>(this.#client.root, 'stats', [], options).promise;
  }

  /** Takes the name from a named object: it then goes with its last reference. @returns whether there was one */
  unlink(name: string, options?: WaitOptions): Promise<boolean> {
    return this.#client.call<boolean>(this.#client.root, 'unlink', [name], options).promise;
  }

  /** Ends the server, for all its clients. */
  async shutdown(options?: WaitOptions): Promise<void> {
    await this.#client.call(this.#client.root, 'shutdown', [], options).promise;
    await this.close();
  }

  /**
   * Ends the connection, and the server if this manager has started it. Calls under way reject. Resolves when it is
   * done; safe to call again.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal Why it cannot travel. */
  get [REFUSE](): string {
    return 'a Manager belongs to the thread that made it; send the proxies of its objects';
  }

  /**
   * Makes a dict.
   *
   * @param entries what is in it at first: an object, a `Map`, or a list of pairs
   * @param options `name`: the dict of that name, which is made if there is none
   */
  dict<V = unknown, K = string>(entries?: Entries<K, V>, options?: NameOptions): Promise<RemoteDict<V, K>> {
    return this.#makeStandard('dict', [entriesOf(entries) ?? null], options);
  }

  /**
   * Makes a list.
   *
   * @param items what is in it at first
   * @param options `name`: the list of that name, which is made if there is none
   */
  list<T = unknown>(items: Iterable<T> = [], options?: NameOptions): Promise<RemoteList<T>> {
    return this.#makeStandard('list', [itemsOf(items)], options);
  }

  /**
   * Makes a set.
   *
   * @param values what is in it at first
   * @param options `name`: the set of that name, which is made if there is none
   */
  set<T = unknown>(values: Iterable<T> = [], options?: NameOptions): Promise<RemoteSet<T>> {
    return this.#makeStandard('set', [itemsOf(values)], options);
  }

  /**
   * Makes a namespace.
   *
   * @param values its names and their values at first
   * @param options `name`: the namespace of that name, which is made if there is none
   */
  namespace<T extends object = Record<string, unknown>>(
    values?: Partial<T>,
    options?: NameOptions,
  ): Promise<RemoteNamespace<T>> {
    return this.#makeStandard('namespace', [entriesOf(values) ?? null], options);
  }

  /**
   * Makes a value.
   *
   * @param value what it is at first
   * @param options `name`: the value of that name, which is made if there is none
   */
  value<T>(value: T, options?: NameOptions): Promise<RemoteValue<T>> {
    return this.#makeStandard('value', [value], options);
  }

  /**
   * Makes an array.
   *
   * @param type of its elements: `'i32'`, `'f64'`, …, or Python's code for it
   * @param content how many elements, which are 0 then, or the elements, or text where they are characters
   * @param options `name`: the array of that name, which is made if there is none
   * @throws MpError `ERR_MP_MISMATCH` when the one of that name has another type or length
   */
  array<N extends TypeName>(
    type: N,
    content: number | Iterable<InputOf<N>>,
    options?: NameOptions,
  ): Promise<RemoteArray<N>> {
    const given = typeof content === 'number' || typeof content === 'string' ? content : itemsOf(content);
    return this.#makeStandard('array', [type, given], options);
  }

  /**
   * Makes a pool, whose workers are children of the server: `@mp/pool` in the server, which imports it with the first. It is
   * terminated with its last proxy, also when a container of the server still holds it, and when the server ends.
   *
   * @param plan how many workers, of what kind, and so on: the options of a `Pool`, but `childOptions`
   * @param options `name`: the pool of that name, which is made if there is none
   * @throws MpError `ERR_MP_MISMATCH` when the one of that name was made with other options than those that are given
   */
  pool(plan: RemotePoolOptions = {}, options?: NameOptions): Promise<RemotePool> {
    return this.#makeStandard('pool', [poolOrder(plan)], options);
  }

  /** Makes a lock. @param options `name`: the lock of that name, which is made if there is none */
  lock(options?: NameOptions): Promise<RemoteLock> {
    return this.#makeStandard('lock', [], options);
  }

  /** Makes a lock that its owner can acquire again. @param options `name`, as for {@link Manager.lock} */
  rlock(options?: NameOptions): Promise<RemoteRLock> {
    return this.#makeStandard('rlock', [], options);
  }

  /**
   * Makes a semaphore.
   *
   * @param value permits at first, 0 to 2³⁰. Default: 1
   * @param options `recover`; `name`: the semaphore of that name, which keeps its value
   * @throws TypeError, RangeError on a bad value; MpError `ERR_MP_MISMATCH` when the one of that name was made with another
   */
  semaphore(value?: number, options?: SemaphoreOptions): Promise<RemoteSemaphore> {
    return this.#makeSemaphore('semaphore', value, options);
  }

  /**
   * Makes a semaphore that never has more permits than at first.
   *
   * @param value as for {@link Manager.semaphore}, and so are the options
   */
  boundedSemaphore(value?: number, options?: SemaphoreOptions): Promise<RemoteSemaphore> {
    return this.#makeSemaphore('boundedSemaphore', value, options);
  }

  /**
   * Makes a condition.
   *
   * @param lock a lock or rlock of the same server, perhaps of several conditions. Default: an rlock of its own
   * @param options `name`: the condition of that name, which keeps its lock
   * @throws TypeError when the lock is none of this server; MpError `ERR_MP_MISMATCH` when that condition has another lock
   */
  condition(lock?: RemoteLock | RemoteRLock, options?: NameOptions): Promise<RemoteCondition> {
    return this.#makeStandard('condition', [lock ?? null], options);
  }

  /** Makes a flag that clients can wait for. @param options `name`, as for {@link Manager.lock} */
  event(options?: NameOptions): Promise<RemoteEvent> {
    return this.#makeStandard('event', [], options);
  }

  /**
   * Makes a meeting point.
   *
   * @param parties how many have to come, 1 to 10,000
   * @param options `action`; `waitTimeout`; `name`: the barrier of that name, which keeps its parties
   * @throws TypeError, RangeError on bad options; MpError `ERR_MP_MISMATCH` when that barrier is for another number
   */
  async barrier(parties: number, options: BarrierOptions = {}): Promise<RemoteBarrier> {
    const { action, waitTimeout, ...rest } = options;
    const conduct = conductOf(action, waitTimeout);
    const barrier = await this.#makeStandard<RemoteBarrier>('barrier', [parties], rest);
    return conduct === undefined ? barrier : barrier.conducted(conduct);
  }

  /**
   * Makes a first-in first-out queue.
   *
   * @typeParam T what its items are
   * @param options limits; `name`: the queue of that name, which is made if there is none; `timeout` in ms and `signal`
   * @throws TypeError, RangeError on bad options; MpError `ERR_MP_MISMATCH` when that queue has other limits
   */
  queue<T = unknown>(options: RemoteQueueOptions = {}): Promise<RemoteQueue<T>> {
    return this.#makeQueue('queue', options);
  }

  /** Makes a queue that knows when all of its items are done. @param options as of {@link Manager.queue} */
  joinableQueue<T = unknown>(options: RemoteQueueOptions = {}): Promise<RemoteJoinableQueue<T>> {
    return this.#makeQueue('joinableQueue', options);
  }

  /** Makes a queue that gives the item first that was put last. @param options as of {@link Manager.queue} */
  lifoQueue<T = unknown>(options: RemoteQueueOptions = {}): Promise<RemoteLifoQueue<T>> {
    return this.#makeQueue('lifoQueue', options);
  }

  /** Makes a queue that gives the item with the lowest priority first. @param options as of {@link Manager.queue} */
  priorityQueue<T = unknown>(options: RemoteQueueOptions = {}): Promise<RemotePriorityQueue<T>> {
    return this.#makeQueue('priorityQueue', options);
  }

  async #makeQueue<P>(type: QueueType, options: RemoteQueueOptions): Promise<P> {
    const { args, naming } = queueRequest(type, options);
    return this.#makeStandard<P>(type, args, naming);
  }

  /** Makes an object of a type of this package. */
  async #makeStandard<P>(type: string, args: readonly unknown[], options: NameOptions = {}): Promise<P> {
    checkOptions(options, `${type}()`, ['name', 'timeout', 'signal']);
    return (await (this.#make(type, args, options) as Promise<unknown>)) as P;
  }

  /** Makes an object, or finds the one of that name. */
  #make(type: string, args: readonly unknown[], { name, ...wait }: NameOptions): RemoteResult<unknown> {
    const call = this.#client.call(this.#client.root, 'make', [type, args, name ?? null], wait);
    return resultOf(call);
  }

  async #makeSemaphore(
    type: string,
    value: number | undefined,
    options: SemaphoreOptions = {},
  ): Promise<RemoteSemaphore> {
    checkOptions(options, `${type}()`, ['name', 'recover', 'timeout', 'signal']);
    const { recover, ...rest } = options;
    return await this.#makeStandard(type, recover === undefined ? [value] : [value, recover], rest);
  }
}
