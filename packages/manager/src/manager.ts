import { EventEmitter } from 'node:events';
import type { WaitOptions } from '@mp/core';
import { checkOptions, deadlineIn, REFUSE } from '@mp/core/internal';
import type { Address } from '@mp/pipe/internal';
import type { InputOf, TypeName } from '@mp/shared';
import type { Client } from './client.ts';
import { type Entries, entriesOf, itemsOf } from './entries.ts';
import { hostStandard } from './host.ts';
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
import { type Received, type RemoteResult, resultOf } from './remote.ts';
import { type ManagerServer, type ServeOptions, serve } from './serve.ts';
import { standardTypes } from './standard-types.ts';
import { type ConnectOptions, connectTo, type StartOptions, startServer } from './start.ts';

/** What a {@link Manager} knows of its server. */
export interface ManagerStats {
  /** Objects that some client holds, or that have names. */
  readonly objects: number;
  /** Clients that are connected, this one too. */
  readonly clients: number;
}

/** What happens to the connection of a {@link Manager}. */
export interface ManagerEvents {
  /** It was lost: why. With `retry`, another one is looked for; if none is found in time, this is told once more. */
  disconnect: [error: Error];
  /** Another one is there, for new objects. */
  connect: [];
}

/** What the methods that make objects may be told. */
export interface NameOptions extends WaitOptions {
  /** Finds the object of that name, or makes it. It stays until {@link Manager.unlink}, also when nothing refers to it. */
  name?: string | undefined;
}

/** What a new semaphore may be told. */
export interface SemaphoreOptions extends NameOptions {
  /** Whether the permits of clients that are lost come back. Default: no, as in Python. */
  recover?: boolean | undefined;
}

/** What a new barrier may be told. */
export interface BarrierOptions extends NameOptions {
  /**
   * Run by exactly one of the parties, when all have come and before any of them goes on. It belongs to this proxy and does
   * not travel: the party that comes last runs the one of its own proxy, if that has one.
   */
  action?: (() => unknown) | undefined;
  /** For waits that are given none, in ms. Belongs to this proxy, too. Default: no limit. */
  waitTimeout?: number | undefined;
}

/** How the end of a server is brought about, for a manager that has started it. */
export type EndServer = () => Promise<void>;

/**
 * A connection to a server process in which objects live, and what makes objects there.
 *
 * It is `multiprocessing.Manager` of Python.
 */
export class Manager extends EventEmitter<ManagerEvents> {
  #client: Client;
  readonly #end: EndServer;
  #isClosing = false;

  /** Starts a server process, which ends with this one. */
  static start(options?: StartOptions): Promise<Manager> {
    return startServer(Manager, hostStandard, options);
  }

  /** Makes this process a server, for programs that connect to it. */
  static serve(address: Address, options?: ServeOptions): Promise<ManagerServer> {
    return serve(standardTypes(), address, options);
  }

  /** Connects to a server that runs. With `retry`, it is looked for again when the connection is lost. */
  static connect(address: Address, options?: ConnectOptions): Promise<Manager> {
    return connectTo(Manager, address, options);
  }

  /** @internal */
  constructor(client: Client, end: EndServer) {
    super();
    this.#client = client;
    this.#end = end;
    this.use(client);
  }

  /** @internal Uses another connection from now on. */
  use(client: Client): void {
    this.#client = client;
    client.onEnd((error) => {
      // In a turn of its own: what a handler throws is not an error of the connection.
      if (!this.#isClosing) process.nextTick(() => this.emit('disconnect', error));
    });
  }

  /** @internal The connection is there again. */
  connected(): void {
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

  /**
   * Takes the name from a named object: it then goes with its last reference.
   *
   * @returns whether there was one
   */
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
    return this.makeStandard('dict', [entriesOf(entries) ?? null], options);
  }

  /**
   * Makes a list.
   *
   * @param items what is in it at first
   * @param options `name`: the list of that name, which is made if there is none
   */
  list<T = unknown>(items: Iterable<T> = [], options?: NameOptions): Promise<RemoteList<T>> {
    return this.makeStandard('list', [itemsOf(items)], options);
  }

  /**
   * Makes a set.
   *
   * @param values what is in it at first
   * @param options `name`: the set of that name, which is made if there is none
   */
  set<T = unknown>(values: Iterable<T> = [], options?: NameOptions): Promise<RemoteSet<T>> {
    return this.makeStandard('set', [itemsOf(values)], options);
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
    return this.makeStandard('namespace', [entriesOf(values) ?? null], options);
  }

  /**
   * Makes a value.
   *
   * @param value what it is at first
   * @param options `name`: the value of that name, which is made if there is none
   */
  value<T>(value: T, options?: NameOptions): Promise<RemoteValue<T>> {
    return this.makeStandard('value', [value], options);
  }

  /**
   * Makes an array.
   *
   * @param type of its elements: `'i32'`, `'f64'`, …, or Python's code for it
   * @param content how many elements, which are 0 then, or the elements, or text where they are characters
   * @param options `name`: the array of that name, which is made if there is none
   */
  array<N extends TypeName>(
    type: N,
    content: number | Iterable<InputOf<N>>,
    options?: NameOptions,
  ): Promise<RemoteArray<N>> {
    const given = typeof content === 'number' || typeof content === 'string' ? content : itemsOf(content);
    return this.makeStandard('array', [type, given], options);
  }

  /**
   * Makes a pool, whose workers are children of the server: `@mp/pool` in the server, which imports it with the first. It is
   * terminated when nothing refers to it any more, and when the server ends.
   *
   * @param plan how many workers, of what kind, and so on: the options of a `Pool`, but `childOptions`
   * @param options `name`: the pool of that name, which is made if there is none
   */
  pool(plan: RemotePoolOptions = {}, options?: NameOptions): Promise<RemotePool> {
    return this.makeStandard('pool', [poolOrder(plan)], options);
  }

  /** Makes a lock. @param options `name`: the lock of that name, which is made if there is none */
  lock(options?: NameOptions): Promise<RemoteLock> {
    return this.makeStandard('lock', [], options);
  }

  /** Makes a lock that its owner can acquire again. @param options `name`, as for {@link Manager.lock} */
  rlock(options?: NameOptions): Promise<RemoteRLock> {
    return this.makeStandard('rlock', [], options);
  }

  /**
   * Makes a semaphore.
   *
   * @param value permits at first, 0 to 2³⁰. Default: 1
   * @param options `recover`; `name`: the semaphore of that name, which keeps its value
   * @throws TypeError, RangeError on a bad value
   */
  semaphore(value?: number, options?: SemaphoreOptions): Promise<RemoteSemaphore> {
    return this.#makeSemaphore('semaphore', value, options);
  }

  /**
   * Makes a semaphore that never has more permits than at first.
   *
   * @param value permits at first, 0 to 2³⁰. Default: 1
   * @param options as for {@link Manager.semaphore}
   */
  boundedSemaphore(value?: number, options?: SemaphoreOptions): Promise<RemoteSemaphore> {
    return this.#makeSemaphore('boundedSemaphore', value, options);
  }

  /**
   * Makes a condition.
   *
   * @param lock a lock or rlock of the same server, perhaps of several conditions. Default: an rlock of its own
   * @param options `name`: the condition of that name, which keeps its lock
   * @throws TypeError when the lock is none of this server
   */
  condition(lock?: RemoteLock | RemoteRLock, options?: NameOptions): Promise<RemoteCondition> {
    return this.makeStandard('condition', [lock ?? null], options);
  }

  /** Makes a flag that clients can wait for. @param options `name`, as for {@link Manager.lock} */
  event(options?: NameOptions): Promise<RemoteEvent> {
    return this.makeStandard('event', [], options);
  }

  /**
   * Makes a meeting point.
   *
   * @param parties how many have to come, 1 to 10,000
   * @param options `action`; `waitTimeout`; `name`: the barrier of that name, which keeps its parties
   * @throws TypeError, RangeError on bad options
   */
  async barrier(parties: number, options: BarrierOptions = {}): Promise<RemoteBarrier> {
    const { action, waitTimeout, ...rest } = options;
    if (action !== undefined && typeof action !== 'function')
      throw new TypeError(
        `action must be a function, not ${action === null ? 'null' : `a ${typeof action}`}`,
      );
    deadlineIn(waitTimeout, 'waitTimeout');
    const barrier = await this.makeStandard<RemoteBarrier>('barrier', [parties], rest);
    if (action === undefined && waitTimeout === undefined) return barrier;
    return barrier.conducted({ action, timeout: waitTimeout });
  }

  /**
   * Makes a first-in first-out queue.
   *
   * @typeParam T what its items are
   * @param options limits; `name`: the queue of that name, which is made if there is none; `timeout` in ms and `signal`
   * @throws TypeError, RangeError on bad options
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
    return this.makeStandard<P>(type, args, naming);
  }

  /** @internal Makes an object of a type of this package. */
  protected async makeStandard<P>(
    type: string,
    args: readonly unknown[],
    options: NameOptions = {},
  ): Promise<P> {
    checkOptions(options, `${type}()`, ['name', 'timeout', 'signal']);
    const { name, ...wait } = options;
    return (await (this.make(type, args, name, wait) as Promise<unknown>)) as P;
  }

  /** @internal Makes an object, or finds the one of that name. */
  make<T>(type: string, args: readonly unknown[], name?: string, options?: WaitOptions): RemoteResult<T> {
    const call = this.#client.call<Received<T>>(
      this.#client.root,
      'make',
      [type, args, name ?? null],
      options,
    );
    return resultOf(this.#client, call) as unknown as RemoteResult<T>;
  }

  async #makeSemaphore(
    type: string,
    value: number | undefined,
    options: SemaphoreOptions = {},
  ): Promise<RemoteSemaphore> {
    checkOptions(options, `${type}()`, ['name', 'recover', 'timeout', 'signal']);
    const { recover, ...rest } = options;
    return await this.makeStandard(type, recover === undefined ? [value] : [value, recover], rest);
  }
}
