import type { WaitOptions } from '@mp/core';
import type { ServerInfo } from './protocol.ts';

/** Where a call is on its way. */
export const UNSENT = 0;
export const SENT = 1;
export const SETTLED = 2;

/** What a call is made on: an object, or the result of a call. */
export type Target = ObjectRef | PendingCall;

/** What a reference needs of the connection that it belongs to. */
export interface RefClient {
  /** The server, once it is known. */
  readonly info: ServerInfo | undefined;
  /** Why it cannot be used any more. */
  readonly end: Error | undefined;
  /** Calls a method. @param finish makes what the caller gets of the value that comes */
  call<T = unknown>(
    target: Target,
    method: string,
    args: readonly unknown[],
    options?: WaitOptions,
    finish?: (value: never) => T,
  ): PendingCall<T>;
  /** Ends a call: it rejects with `reason`, and the server takes back what it has done. */
  cancel(call: PendingCall, reason: unknown): void;
  release(ref: ObjectRef): void;
  /** Tells the server at once that the answers that came were read. */
  confirm(): void;
  lend(ref: ObjectRef, token: string, loan: number): void;
}

/** A reference to an object of a server, as one client holds it. */
export class ObjectRef {
  readonly client: RefClient;
  readonly type: string;
  /** Its number on the connection; `undefined` until the server has told it. */
  number: number | undefined;
  /** The call that asks for it, until then. */
  source: PendingCall | undefined;
  /** How often the server has mentioned it, less what it was told that was let go of. */
  mentions = 0;
  isReleased = false;
  /** With it another process can ask for the object. */
  token: string | undefined;

  constructor(client: RefClient, type: string, number?: number) {
    this.client = client;
    this.type = type;
    this.number = number;
  }
}

/** A call whose answer has yet to come. */
export class PendingCall<T = unknown> {
  readonly id: number;
  readonly promise: Promise<T>;
  state: typeof UNSENT | typeof SENT | typeof SETTLED = UNSENT;
  /** What it gave, if that is an object of the server. */
  reference: ObjectRef | undefined;
  /** Ends its timer, and does not watch its signal any more. */
  stop: (() => void) | undefined;
  readonly #finish: ((value: never) => T) | undefined;
  #resolve!: (value: never) => void;
  #reject!: (error: unknown) => void;

  constructor(id: number, finish: ((value: never) => T) | undefined) {
    this.id = id;
    this.#finish = finish;
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve as (value: never) => void;
      this.#reject = reject;
    });
  }

  resolve(value: unknown): void {
    this.#end();
    try {
      this.#resolve((this.#finish === undefined ? value : this.#finish(value as never)) as never);
    } catch (error) {
      this.#reject(error);
    }
  }

  reject(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.state = SETTLED;
    this.stop?.();
  }
}

/** Where a proxy keeps its reference … */
export const REF: unique symbol = Symbol.for('@mp/manager/ref') as never;
/** … and the promise of a result its call. */
export const RESULT: unique symbol = Symbol.for('@mp/manager/result') as never;

/** The reference of a proxy; `undefined` for anything else. */
export function refOf(value: unknown): ObjectRef | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as { [REF]?: ObjectRef })[REF];
}

/** The call whose result a promise is; `undefined` for anything else. */
export function callBehind(value: unknown): PendingCall | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as { [RESULT]?: PendingCall })[RESULT];
}

/** A value as it is, of the promise of a result what it stands for. */
export function settledOf(value: unknown): unknown {
  return callBehind(value)?.promise ?? value;
}

/** Makes proxies of references, by the names of their types. */
const makers = new Map<string, (ref: ObjectRef) => object>();
let makeOther: (ref: ObjectRef) => object;

/** Lets go of the objects whose proxies the program has lost. */
const forgotten = new FinalizationRegistry<ObjectRef>((ref) => ref.client.release(ref));

/** Says how proxies of a type are made; without a type, those of all others. */
export function setMaker(make: (ref: ObjectRef) => object, type?: string): void {
  if (type === undefined) makeOther = make;
  else makers.set(type, make);
}

export function makeProxy(ref: ObjectRef): object {
  const proxy = (makers.get(ref.type) ?? makeOther)(ref);
  forgotten.register(proxy, ref);
  return proxy;
}
