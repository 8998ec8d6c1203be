import type { WaitOptions } from '@mp/core';
import type { ServerInfo } from './protocol.ts';

/*
 * Where a call is on its way.
 *
 * | is      | next                                                                             |
 * | ------- | -------------------------------------------------------------------------------- |
 * | WAITING | UNSENT, when all that it needs is there; SETTLED, when it is given up, or cannot be |
 * | UNSENT  | SENT, with the next message; SETTLED, when it is given up before                 |
 * | SENT    | SETTLED, by its answer, or when it is given up                                   |
 */
export const WAITING = 0;
/** It is in the outbox. */
export const UNSENT = 1;
export const SENT = 2;
export const SETTLED = 3;

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
  /** A number that nothing of this connection has had. */
  newNumber(): number;
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
  /** Calls with it that wait to be sent: it is let go of behind them. */
  waiting = 0;
  isReleased = false;
  /** With it another process can ask for the object. */
  token: string | undefined;

  constructor(client: RefClient, type: string, number?: number) {
    this.client = client;
    this.type = type;
    this.number = number;
  }
}

/** Whether the server was told that it was let go of, or is about to be. */
export function isGone({ isReleased, mentions }: ObjectRef): boolean {
  return isReleased && mentions === 0;
}

/** A call whose answer has yet to come. */
export class PendingCall<T = unknown> {
  readonly client: RefClient;
  readonly id: number;
  readonly promise: Promise<T>;
  #state: typeof WAITING | typeof UNSENT | typeof SENT | typeof SETTLED = WAITING;
  /** What it gave, if that is an object of the server. */
  reference: ObjectRef | undefined;
  /** Why it failed. */
  failure: { readonly error: unknown } | undefined;
  /** Calls in the outbox that use its result, which cannot leave without it. */
  dependents: PendingCall[] | undefined;
  #onMove: (() => void)[] | undefined;
  /** Ends its timer, and does not watch its signal any more. */
  stop: (() => void) | undefined;
  /** Makes what the caller gets of the value that comes; also of those of calls on the result. */
  readonly finish: ((value: never) => T) | undefined;
  #resolve!: (value: never) => void;
  #reject!: (error: unknown) => void;

  constructor(client: RefClient, id: number, finish: ((value: never) => T) | undefined) {
    this.client = client;
    this.id = id;
    this.finish = finish;
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve as (value: never) => void;
      this.#reject = reject;
    });
  }

  get state(): typeof WAITING | typeof UNSENT | typeof SENT | typeof SETTLED {
    return this.#state;
  }

  /** While it waits: calls `run` at the very moment at which it has been put into the outbox, or has failed. */
  onMove(run: () => void): void {
    this.#onMove ??= [];
    this.#onMove.push(run);
  }

  /** It has been put into the outbox. */
  queued(): void {
    this.#state = UNSENT;
    this.#moved();
  }

  /** Its message leaves. */
  left(): void {
    if (this.#state === UNSENT) this.#state = SENT;
    this.dependents = undefined;
  }

  resolve(value: unknown): void {
    this.#end();
    try {
      this.#resolve((this.finish === undefined ? value : this.finish(value as never)) as never);
    } catch (error) {
      this.failure = { error };
      this.#reject(error);
    }
  }

  reject(error: unknown): void {
    this.failure = { error };
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.#state = SETTLED;
    this.stop?.();
    this.#moved();
  }

  #moved(): void {
    const waiting = this.#onMove;
    this.#onMove = undefined;
    if (waiting !== undefined) for (const run of waiting) run();
  }
}

/** Where a proxy keeps its reference … */
export const REF: unique symbol = Symbol.for('@mp/manager/ref') as never;
/** … and the promise of a result its call. */
export const RESULT: unique symbol = Symbol.for('@mp/manager/result') as never;

/** What gives the methods of a manager with options for what they make. */
export const WITHIN = Symbol('@mp/manager/within');

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

/** Whether this package has a proxy class of its own for a type. */
export function hasOwnProxy(type: string): boolean {
  return makers.has(type);
}

export function makeProxy(ref: ObjectRef): object {
  const proxy = (makers.get(ref.type) ?? makeOther)(ref);
  forgotten.register(proxy, ref);
  return proxy;
}
