import type { WaitOptions } from '@mp/core';
import { HANDLE, type HandleRecord } from '@mp/core/internal';
import { taskRef } from '@mp/process/internal';
import { handleOfRef } from '../handle.ts';
import { frozenInside } from '../plain-values.ts';
import { ITERATE, UPDATE } from '../protocol.ts';
import { ObjectRef, REF } from '../reference.ts';
import { type RemoteResult, resultOf } from '../remote.ts';
import { snapshotLoop } from '../snapshot-loop.ts';

/** What the proxies of this package's own types have in common. They can be sent to any process, and work there. */
export abstract class StandardProxy {
  readonly #ref: ObjectRef;

  /** They are made by the methods of a manager, and by answers. */
  protected constructor(ref: object) {
    if (!(ref instanceof ObjectRef)) throw new TypeError('Objects of a manager are made by its methods');
    this.#ref = ref;
  }

  /** Lets go of the object: the server drops it when nothing else holds it. Safe to call again. */
  close(): void {
    this.#ref.client.release(this.#ref);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get [REF](): object {
    return this.#ref;
  }

  /** @internal */
  protected get ref(): ObjectRef {
    return this.#ref;
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    return handleOfRef(this.#ref);
  }

  /** @internal Calls a method in the server. @param finish makes what the caller gets of the value that comes */
  protected call<T>(
    method: string,
    args: readonly unknown[],
    options?: WaitOptions,
    finish?: (value: never) => T,
  ): Promise<T> {
    return this.#ref.client.call<T>(this.#ref, method, args, options, finish).promise;
  }

  /** @internal Tells the server at once that the answers that came were read: what they brought stays with this client. */
  protected confirm(): void {
    this.#ref.client.confirm();
  }

  /** @internal Like `call`, for a result on which methods can be called before it is there. */
  protected result<R>(
    method: string,
    args: readonly unknown[],
    options?: WaitOptions,
    finish?: (value: never) => never,
  ): R {
    return resultOf(this.#ref.client.call(this.#ref, method, args, options, finish)) as never;
  }

  /** @internal Runs a task on the object, in the server and alone. */
  protected runTask<R>(
    task: (...args: never) => R,
    args: readonly unknown[],
    finish?: (value: never) => never,
  ): RemoteResult<Awaited<R>> {
    return this.result<RemoteResult<Awaited<R>>>(UPDATE, [taskRef(task, 'task'), ...args], undefined, finish);
  }

  /** @internal What is in it now. */
  protected snapshot<T>(): AsyncIterableIterator<T, void, undefined> {
    return snapshotLoop(() => this.call<readonly T[]>(ITERATE, []).then(frozenInside));
  }
}
