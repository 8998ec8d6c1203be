import { ClosedError, MpError, type WaitOptions } from '@mp/core';
import { type Carrier, deadlineOf, type Pins } from '@mp/core/internal';
import { type Connection, transportOf } from '@mp/pipe/internal';
import { CallPlan } from './call-plan.ts';
import { type Coding, decodeFor, encodeFor } from './coding.ts';
import { giveUpAt } from './giving-up.ts';
import { LoopHold } from './loop-hold.ts';
import { Outbox } from './outbox.ts';
import {
  areSimple,
  CANCEL,
  ENCODED,
  FAILURE,
  LEND,
  NOTHING,
  NOW,
  RELEASE,
  ROOT,
  type ServerInfo,
  SIMPLE,
} from './protocol.ts';
import { registerProxies } from './proxies/register-proxies.ts';
import {
  isGone,
  makeProxy,
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
import { objectsAreGone } from './stale.ts';

/**
 * A connection to a server, as its user has it. Calls of one turn of the event loop travel as one message.
 *
 * | state      | next                                                               |
 * | ---------- | ------------------------------------------------------------------ |
 * | connecting | open, by {@link Client.open}; closed. Calls wait to be sent        |
 * | open       | closed, by the user, by the end of the server or of the connection |
 * | closed     |                                                                    |
 */
export class Client implements Coding, RefClient {
  /** What makes objects. */
  readonly root = new ObjectRef(this, 'manager', ROOT);
  #info: ServerInfo | undefined;
  #connection: Connection<unknown> | undefined;
  #carrier: Carrier | undefined;
  readonly #calls = new Map<number, PendingCall>();
  readonly #refs = new Map<number, { readonly ref: ObjectRef; readonly proxy: WeakRef<object> }>();
  readonly #onEnd = new Set<(error: Error) => void>();
  #whenOpen: (() => void)[] = [];
  #lastId = 0;
  readonly #outbox: Outbox;
  #readMessages = 0;
  #end: Error | undefined;
  readonly #isOurs = (call: PendingCall) => this.#calls.get(call.id) === call;
  readonly #hold = new LoopHold(() => this.#calls.size > 0);
  /** Whether another connection follows when this one is lost: calls on its objects are then told that they are gone. */
  staleAfterLoss = false;

  /** @param info the server, when it is known before there is a connection */
  constructor(info?: ServerInfo) {
    // A proxy can only come by a client.
    registerProxies();
    this.#info = info;
    const client = this;
    this.#outbox = new Outbox({
      get readMessages() {
        return client.#readMessages;
      },
      lost: (error) => this.#lost(error),
    });
  }

  /** The server that it talks to, once that is known. */
  get info(): ServerInfo | undefined {
    return this.#info;
  }

  /** What a call gets now that the connection has ended. */
  get end(): Error | undefined {
    return this.#end;
  }

  get closed(): boolean {
    return this.#end !== undefined;
  }

  /** It is connected: what waited is sent. */
  open(connection: Connection<unknown>, info: ServerInfo): void {
    if (this.#end !== undefined) {
      connection.close();
      return;
    }
    this.#info = info;
    this.#connection = connection;
    const transport = transportOf(connection);
    this.#carrier = transport.carrier;
    this.#hold.moveTo(transport);
    for (const run of this.#whenOpen.splice(0)) run();
    void this.#receive(connection);
    this.#outbox.open(connection);
  }

  /** Calls `run` when the connection has ended, or at once if it has. */
  onEnd(run: (error: Error) => void): void {
    if (this.#end !== undefined) run(this.#end);
    else this.#onEnd.add(run);
  }

  /** Ends the connection; calls under way reject. Safe to call again. */
  close(error: Error = new ClosedError('Cannot use the manager: the connection to it was closed')): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    this.#hold.end();
    this.#connection?.close();
    this.#outbox.close();
    this.#refs.clear();
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.reject(error);
    for (const run of this.#whenOpen.splice(0)) run();
    const ends = [...this.#onEnd];
    this.#onEnd.clear();
    for (const run of ends) run(error);
  }

  /**
   * Calls a method of an object of the server.
   *
   * @returns the call, whose promise settles with what the method gave or threw
   */
  call<T = unknown>(
    target: Target,
    method: string,
    args: readonly unknown[],
    options?: WaitOptions,
    finish?: (value: never) => T,
  ): PendingCall<T> {
    const call = new PendingCall<T>(this, ++this.#lastId, finish);
    try {
      const deadline = deadlineOf(options);
      if (this.#end !== undefined) throw this.#end;
      const ref = target instanceof PendingCall ? target.reference : target;
      if (ref?.isReleased) throw released();
      this.#calls.set(call.id, call);
      const flags = deadline === -Infinity ? NOW : 0;
      // Nearly all calls: on an object that is there, with what travels as it is.
      if (ref === target && ref.number !== undefined && this.#carrier !== undefined && areSimple(args))
        this.#queue(call, [call.id, this.#targetOf(ref), method, args], flags);
      else {
        const plan = new CallPlan(call, target, method, args, flags);
        this.#proceed(plan);
        if (call.state === WAITING) this.#keep(plan);
      }
      if (options !== undefined && call.state !== SETTLED)
        giveUpAt(call, deadline, options, (reason) => this.cancel(call, reason));
      if (this.#calls.size > 0) this.#hold.on();
    } catch (error) {
      this.#calls.delete(call.id);
      call.reject(error);
    }
    return call;
  }

  newNumber(): number {
    return ++this.#lastId;
  }

  /** Ends a call: it rejects with `reason`. One that has left the server takes back, another one never leaves. */
  cancel(call: PendingCall, reason: unknown): void {
    if (!this.#calls.delete(call.id)) return;
    if (call.state === UNSENT) {
      this.#outbox.remove(call);
      for (const dependent of call.dependents ?? []) this.cancel(dependent, reason);
    } else if (call.state === SENT) {
      this.#outbox.push([CANCEL, call.id]);
      this.#outbox.flushSoon();
    }
    call.reject(reason);
    this.#hold.offSoon();
  }

  /** Lets go of an object. */
  release(ref: ObjectRef): void {
    if (ref.isReleased) return;
    ref.isReleased = true;
    // What was begun with it before, and waits for it to be here, comes first.
    if (ref.number === undefined) ref.source?.promise.then(() => this.#letGo(ref)).catch(() => {});
    else this.#letGo(ref);
  }

  /** A reference is about to leave in a message that goes elsewhere: the server is told at once. */
  lend(ref: ObjectRef, token: string, loan: number): void {
    if (ref.number === undefined || isGone(ref)) return;
    this.#outbox.push([LEND, ref.number, token, loan]);
    this.#outbox.flush();
  }

  confirm(): void {
    this.#outbox.confirm();
  }

  partsOf(object: object): readonly unknown[] | undefined {
    const ref = refOf(object);
    if (ref?.client !== this || isGone(ref) || ref.number === undefined) return undefined;
    return ['ref', ref.number];
  }

  objectOf([kind, number, type]: readonly unknown[]): unknown {
    if (kind === 'far') return undefined;
    if (kind !== 'ref' || typeof number !== 'number' || typeof type !== 'string')
      throw new MpError('ERR_MP_MISMATCH', 'The manager sent a reference that is none');
    const known = this.#refs.get(number);
    const proxy = known?.proxy.deref();
    if (known !== undefined && proxy !== undefined) {
      known.ref.mentions++;
      return proxy;
    }
    // Of a proxy that was collected, the mentions are let go of when its finalizer runs.
    const ref = new ObjectRef(this, type, number);
    ref.mentions = 1;
    const made = makeProxy(ref);
    this.#refs.set(number, { ref, proxy: new WeakRef(made) });
    return made;
  }

  unread([kind, number]: readonly unknown[]): void {
    if (kind !== 'ref') return;
    this.#outbox.push([RELEASE, number, 1]);
    this.#outbox.flushSoon();
  }

  /** Asks for an object that a message from elsewhere has mentioned. Calls on its proxy wait for the answer. */
  redeem(ref: ObjectRef, proxy: WeakRef<object>, token: string, loan: number): void {
    const call = this.call(this.root, 'redeem', [token, loan], undefined, (made: object) => {
      // The answer is one mention of the object. From here on it counts for this reference.
      const base = refOf(made) as ObjectRef;
      base.mentions--;
      ref.mentions++;
      ref.number = base.number;
      // Later answers mention the proxy that the program has, unless it has had another one before.
      if (base.mentions === 0) this.#refs.set(ref.number as number, { ref, proxy });
    });
    ref.source = call;
    // Calls on the proxy have this error too.
    call.promise.catch(() => {});
  }

  /** What a call that waits uses stays until it is on its way, or has ended. */
  #keep({ call, refs }: CallPlan): void {
    for (const ref of refs) ref.waiting++;
    call.onMove(() => {
      for (const ref of refs) {
        ref.waiting--;
        if (ref.isReleased) this.#letGo(ref);
      }
    });
  }

  #letGo(ref: ObjectRef): void {
    if (this.#end !== undefined || ref.waiting > 0 || ref.number === undefined || ref.number === ROOT) return;
    if (this.#refs.get(ref.number)?.ref === ref) this.#refs.delete(ref.number);
    if (ref.mentions === 0) return;
    this.#outbox.push([RELEASE, ref.number, ref.mentions]);
    ref.mentions = 0;
    this.#outbox.flushSoon();
  }

  /** Sends a call, or sees that it is sent when all is there that it needs. */
  #proceed(plan: CallPlan): void {
    const { call } = plan;
    if (!this.#calls.has(call.id)) return;
    try {
      const need = plan.need(this, this.#isOurs);
      if (need?.queuing !== undefined) need.queuing.onMove(() => this.#proceed(plan));
      else if (need !== undefined) {
        const go = (value: unknown) => {
          need.place?.(value);
          this.#proceed(plan);
        };
        need.settling.then(go, (error) => this.#fail(call, error));
      } else if (this.#carrier === undefined && (this.#whenOpen.length > 0 || !areSimple(plan.args)))
        // How messages hold on to segments is known when there is a connection. Calls behind keep their order.
        this.#whenOpen.push(() => this.#proceed(plan));
      else this.#send(plan);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  #fail(call: PendingCall, error: unknown): void {
    if (!this.#calls.delete(call.id)) return;
    call.reject(error);
    this.#hold.offSoon();
  }

  #send(plan: CallPlan): void {
    const { call, target, method, args, flags } = plan;
    const operation: unknown[] = [call.id, this.#targetOf(target), method, args];
    let pins: Pins | undefined;
    if (!areSimple(args)) {
      const encoded = encodeFor(this, this.#carrier as Carrier, plan.sentArgs, 'args');
      operation[3] = Buffer.from(encoded.bytes);
      pins = encoded.pins;
    }
    plan.bind();
    this.#queue(call, operation, flags, pins);
  }

  #queue(call: PendingCall, operation: unknown[], flags: number, pins?: Pins): void {
    if (flags !== 0) operation.push(flags);
    this.#outbox.pushCall(call, operation, pins);
    this.#outbox.flushSoon();
    call.queued();
  }

  #targetOf(target: Target): number {
    if (target instanceof PendingCall) {
      if (target.state === UNSENT) return -target.id;
      if (target.failure !== undefined) throw target.failure.error;
      if (target.reference === undefined)
        throw new TypeError(
          'The result is a copy by now, which has no methods of the manager: call them in the same turn, before it is awaited',
        );
      return this.#targetOf(target.reference);
    }
    if (target.client !== this) throw new TypeError('The object belongs to another manager');
    if (target.number === undefined) return this.#targetOf(target.source as PendingCall);
    if (isGone(target)) throw released();
    return target.number;
  }

  async #receive(connection: Connection<unknown>): Promise<void> {
    try {
      for (;;) this.#onAnswers((await connection.recv()) as readonly unknown[]);
    } catch (error) {
      this.#lost(error);
    }
  }

  #onAnswers(answers: readonly unknown[]): void {
    this.#readMessages++;
    for (let at = 0; at < answers.length; at += 3) {
      const id = answers[at] as number;
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      this.#settle(call, answers[at + 1] as number, answers[at + 2]);
    }
    if (this.#calls.size === 0) this.#hold.offSoon();
  }

  #settle(call: PendingCall | undefined, what: number, value: unknown): void {
    if (what === NOTHING) call?.resolve(undefined);
    else if (what === SIMPLE) call?.resolve(value);
    else {
      // Read also when it is too late: what it mentions has to be let go of.
      let read: unknown;
      try {
        read = decodeFor(this, this.#carrier as Carrier, value as Uint8Array);
      } catch (error) {
        call?.reject(error);
        return;
      }
      if (what === FAILURE) call?.reject(read);
      else if (what === ENCODED && call !== undefined) {
        if (typeof read === 'object' && read !== null) call.reference = refOf(read);
        call.resolve(read);
      }
    }
  }

  #lost(error: unknown): void {
    if (this.#end !== undefined) return;
    const cause = error instanceof Error ? error : undefined;
    const gone = new ClosedError(
      'The manager is gone: its process has ended, or the connection to it is lost',
      {
        cause,
      },
    );
    this.close(gone);
    if (this.staleAfterLoss) this.#end = objectsAreGone(gone);
  }
}

function released(): ClosedError {
  return new ClosedError('Cannot use the object of the manager: it was let go of here');
}
