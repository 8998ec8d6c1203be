import { HANDLE, type HandleRecord } from '@mp/core/internal';
import { handleOf } from './coding.ts';
import { areSimple, MAKE, ROOT } from './protocol.ts';
import {
  callBehind,
  ObjectRef,
  PendingCall,
  type RefClient,
  refOf,
  SENT,
  SETTLED,
  type Target,
  UNSENT,
  WAITING,
} from './reference.ts';

/** What has to happen before a call can leave. */
export type Need =
  | {
      /** A call that has yet to be put into the outbox: then both go in one message. */
      readonly queuing: PendingCall;
    }
  | {
      readonly queuing?: undefined;
      readonly settling: Promise<unknown>;
      /** Takes what came of it. */
      readonly place?: (value: unknown) => void;
    };

/** Stands, in the arguments of a call, for the result of an earlier one of the same message. */
class ResultHandle {
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
  }

  [HANDLE](): HandleRecord {
    return handleOf(['result', this.#id]);
  }
}

/** A call that has been made, and has yet to be put into the outbox. */
export class CallPlan {
  readonly call: PendingCall;
  readonly target: Target;
  readonly method: string;
  readonly flags: number;
  #args: readonly unknown[];

  constructor(call: PendingCall, target: Target, method: string, args: readonly unknown[], flags: number) {
    this.call = call;
    this.target = target;
    this.method = method;
    this.flags = flags;
    this.#args = args;
  }

  get args(): readonly unknown[] {
    return this.#args;
  }

  /** The arguments as they travel. */
  get sentArgs(): readonly unknown[] {
    return this.#args.map((each) => {
      const pending = callBehind(each);
      return pending === undefined ? each : new ResultHandle(pending.id);
    });
  }

  /** The objects that it is called on and with. */
  get refs(): readonly ObjectRef[] {
    return [this.target, ...this.#args.map(refOf)].filter((each) => each instanceof ObjectRef);
  }

  /** Has each call in the outbox whose result it uses know that. */
  bind(): void {
    this.#bindTo(this.#source);
    if (areSimple(this.#args)) return;
    for (const each of this.#args) this.#bindTo(callBehind(each));
  }

  /** The next thing that has to happen, if any. @param isOurs whether a call is one of this connection that has not ended */
  need(client: RefClient, isOurs: (call: PendingCall) => boolean): Need | undefined {
    const source = this.#source;
    if (source?.state === WAITING) return { queuing: source };
    if (source?.state === SENT || (source?.state === SETTLED && source !== this.target))
      return { settling: source.promise };
    return areSimple(this.#args) ? undefined : this.#needOfArguments(client, isOurs);
  }

  #bindTo(source: PendingCall | undefined): void {
    if (source?.state !== UNSENT) return;
    source.dependents ??= [];
    source.dependents.push(this.call);
  }

  #needOfArguments(client: RefClient, isOurs: (call: PendingCall) => boolean): Need | undefined {
    for (const [at, each] of this.#args.entries()) {
      const place = (value: unknown) => {
        this.#args = replaced(this.#args, at, value);
      };
      const pending = callBehind(each);
      if (pending !== undefined) {
        if (!isOurs(pending) || pending.state === SENT) return { settling: pending.promise, place };
        if (pending.state === WAITING) return { queuing: pending };
      }
      // By its number it goes to the object that it stands for, which the server may not know by its token yet.
      const unknown = sourceOf(refOf(each), client);
      if (unknown !== undefined) return { settling: unknown.promise };
    }
    return this.#isMaking ? this.#needOfMade(this.#args[1] as readonly unknown[]) : undefined;
  }

  /** The arguments for an object that is to be made lie in a list, where no result of another call can be. */
  #needOfMade(list: readonly unknown[]): Need | undefined {
    for (const [at, each] of list.entries()) {
      const pending = callBehind(each);
      if (pending === undefined) continue;
      const place = (value: unknown) => {
        this.#args = replaced(this.#args, 1, replaced(list, at, value));
      };
      return { settling: pending.promise, place };
    }
    return undefined;
  }

  get #isMaking(): boolean {
    return this.method === MAKE && !(this.target instanceof PendingCall) && this.target.number === ROOT;
  }

  /** The call whose result it is made on. */
  get #source(): PendingCall | undefined {
    const { target } = this;
    return target instanceof PendingCall ? target : target.number === undefined ? target.source : undefined;
  }
}

function sourceOf(ref: ObjectRef | undefined, client: RefClient): PendingCall | undefined {
  return ref?.client === client && ref.number === undefined ? ref.source : undefined;
}

function replaced(list: readonly unknown[], at: number, value: unknown): readonly unknown[] {
  return list.map((each, index) => (index === at ? value : each));
}
