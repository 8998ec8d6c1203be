import { ClosedError, MpError, type WaitOptions } from '@mp/core';
import { type Carrier, deadlineOf } from '@mp/core/internal';
import { type Connection, transportOf } from '@mp/pipe/internal';
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
import {
  callBehind,
  makeProxy,
  ObjectRef,
  PendingCall,
  type RefClient,
  refOf,
  SENT,
  settledOf,
  type Target,
  UNSENT,
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
  /** For calls, while there is no connection that keeps the event loop alive. */
  readonly #hold = new LoopHold();
  /** Whether another connection follows when this one is lost: calls on its objects are then told that they are gone. */
  staleAfterLoss = false;

  /** @param info the server, when it is known before there is a connection */
  constructor(info?: ServerInfo) {
    this.#info = info;
    const client = this;
    this.#outbox = new Outbox({
      get readMessages() {
        return client.#readMessages;
      },
      leaving: (id) => this.#leaving(id),
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
    this.#hold.set(false);
    const transport = transportOf(connection);
    this.#carrier = transport.carrier;
    transport.keepsAlive = this.#calls.size > 0;
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
    this.#hold.set(false);
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
    const call = new PendingCall<T>(++this.#lastId, finish);
    try {
      const deadline = deadlineOf(options);
      if (this.#end !== undefined) throw this.#end;
      const flags = deadline === -Infinity ? NOW : 0;
      const wait = this.#mustWait(target, args);
      if (wait === undefined) this.#send(call, target, method, args, flags);
      else void this.#sendAfter(wait, call, target, method, args, flags);
      if (options !== undefined) giveUpAt(call, deadline, options, (reason) => this.cancel(call, reason));
      this.#updateHold();
    } catch (error) {
      this.#calls.delete(call.id);
      call.reject(error);
    }
    return call;
  }

  /** Ends a call: it rejects with `reason`, and the server takes back what it has done. */
  cancel(call: PendingCall, reason: unknown): void {
    if (!this.#calls.delete(call.id)) return;
    this.#outbox.push([CANCEL, call.id]);
    this.#outbox.flushSoon();
    call.reject(reason);
    this.#updateHold();
  }

  /** Lets go of an object. */
  release(ref: ObjectRef): void {
    if (ref.isReleased) return;
    ref.isReleased = true;
    this.#letGo(ref);
  }

  /** A reference is about to leave in a message that goes elsewhere: the server is told at once. */
  lend(ref: ObjectRef, token: string, loan: number): void {
    if (ref.number === undefined) return;
    this.#outbox.push([LEND, ref.number, token, loan]);
    this.#outbox.flush();
  }

  confirm(): void {
    this.#outbox.confirm();
  }

  partsOf(object: object): readonly unknown[] | undefined {
    const pending = callBehind(object);
    if (pending !== undefined) return ['result', pending.id];
    const ref = refOf(object);
    if (ref?.client !== this || ref.isReleased || ref.number === undefined) return undefined;
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

  /** Asks for an object that a message from elsewhere has mentioned. Calls on its proxy wait for the answer. */
  redeem(ref: ObjectRef, token: string, loan: number): void {
    const call = this.call(this.root, 'redeem', [token, loan], undefined, (made: object) => {
      // The answer is one mention of the object. From here on it counts for this reference.
      const base = refOf(made) as ObjectRef;
      base.mentions--;
      ref.mentions++;
      ref.number = base.number;
      if (ref.isReleased) this.#letGo(ref);
      return made;
    });
    ref.source = call;
    // Calls on the proxy have this error too.
    call.promise.catch(() => {});
  }

  /** What has to be settled before a call can be sent. */
  #mustWait(target: Target, args: readonly unknown[]): Promise<unknown> | undefined {
    const awaited: Promise<unknown>[] = [];
    const source =
      target instanceof PendingCall ? target : target.number === undefined ? target.source : undefined;
    if (
      source !== undefined &&
      source.state !== UNSENT &&
      !(target instanceof PendingCall && target.state !== SENT)
    )
      awaited.push(source.promise);
    for (const each of args) {
      const pending = callBehind(each);
      if (pending !== undefined && (pending.state !== UNSENT || !this.#calls.has(pending.id)))
        awaited.push(pending.promise);
    }
    // How messages hold on to segments is known when there is a connection.
    if (this.#carrier === undefined && !areSimple(args))
      awaited.push(new Promise<void>((resolve) => this.#whenOpen.push(resolve)));
    return awaited.length === 0 ? undefined : Promise.all(awaited);
  }

  #letGo(ref: ObjectRef): void {
    if (this.#end !== undefined || ref.number === undefined || ref.number === ROOT) return;
    if (this.#refs.get(ref.number)?.ref === ref) this.#refs.delete(ref.number);
    if (ref.mentions === 0) return;
    this.#outbox.push([RELEASE, ref.number, ref.mentions]);
    ref.mentions = 0;
    this.#outbox.flushSoon();
  }

  async #sendAfter(
    wait: Promise<unknown>,
    call: PendingCall,
    target: Target,
    method: string,
    args: readonly unknown[],
    flags: number,
  ): Promise<void> {
    this.#calls.set(call.id, call);
    try {
      let [more, values]: [Promise<unknown> | undefined, readonly unknown[]] = [wait, args];
      // Again: what is sent first over a new connection is the question for the object, whose answer has yet to come.
      while (more !== undefined) {
        await more;
        values = await Promise.all(args.map(settledOf));
        more = this.#mustWait(target, values);
      }
      if (this.#calls.has(call.id)) this.#send(call, target, method, values, flags);
    } catch (error) {
      if (this.#calls.delete(call.id)) call.reject(error);
      this.#updateHold();
    }
  }

  #send(call: PendingCall, target: Target, method: string, args: readonly unknown[], flags: number): void {
    const operation = [call.id, this.#targetOf(target), method, this.#argumentsOf(args)];
    if (flags !== 0) operation.push(flags);
    this.#calls.set(call.id, call);
    this.#outbox.push(operation);
    this.#outbox.flushSoon();
  }

  #targetOf(target: Target): number {
    if (target instanceof PendingCall) {
      if (target.state === UNSENT) return -target.id;
      if (target.reference === undefined)
        throw new TypeError(
          'The result is a copy by now, which has no methods of the manager: call them in the same turn, before it is awaited',
        );
      return this.#targetOf(target.reference);
    }
    if (target.isReleased)
      throw new ClosedError('Cannot use the object of the manager: it was let go of here');
    if (target.client !== this) throw new TypeError('The object belongs to another manager');
    return target.number ?? this.#targetOf(target.source as PendingCall);
  }

  #argumentsOf(args: readonly unknown[]): readonly unknown[] | Uint8Array {
    if (areSimple(args)) return args;
    const { bytes, pins } = encodeFor(this, this.#carrier as Carrier, args, 'args');
    this.#outbox.hold(pins);
    return Buffer.from(bytes);
  }

  #updateHold(): void {
    if (this.#end !== undefined) return;
    const isOn = this.#calls.size > 0;
    if (this.#connection !== undefined) transportOf(this.#connection).keepsAlive = isOn;
    else this.#hold.set(isOn);
  }

  #leaving(id: number): void {
    const call = this.#calls.get(id);
    if (call !== undefined && call.state === UNSENT) call.state = SENT;
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
    if (this.#calls.size === 0) this.#updateHold();
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
