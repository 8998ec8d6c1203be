import { ClosedError } from '@mp/core';
import type { Carrier } from '@mp/core/internal';
import { type Connection, limitValues, transportOf } from '@mp/pipe/internal';
import { isSmall } from '@mp/serde/internal';
import { Answers } from './answers.ts';
import { Call, type Caller } from './call.ts';
import { type Coding, copyOf, decodeFor, encodeFor, readWithoutObjects } from './coding.ts';
import { isToken } from './handle.ts';
import { HeldReferences } from './held-references.ts';
import type { Hosted, Lender } from './hosted.ts';
import { misuse } from './misuse.ts';
import { Outcomes, ResultOf } from './outcomes.ts';
import { PendingCalls } from './pending-calls.ts';
import { invokePlain } from './plain-values.ts';
import {
  areSimple,
  CANCEL,
  ENCODED,
  FAILURE,
  isSimple,
  LEND,
  lengthOf,
  NOTHING,
  NOW,
  RELEASE,
  ROOT,
  SIMPLE,
  UPDATE,
} from './protocol.ts';
import type { Served, SessionOwner } from './session-owner.ts';
import { Turn } from './turn.ts';

/** After so many calls a session looks at the clock. */
const LOOK_CALLS = 64;
const LONGEST_NAME = 256;
/** How long what was sent may take to leave when a session has ended. */
const LINGER_MS = 5_000;

/** An answer that has yet to be made. */
interface Deferred {
  /** Takes back what was done. */
  readonly call: Call | undefined;
  answer(): void;
}

/** One client, as the server has it: its references, its calls, and what it acquired. */
export class Session implements Caller, Coding, Lender, Served {
  readonly id: number;
  readonly isGuest: boolean;
  readonly #owner: SessionOwner;
  readonly #connection: Connection<unknown>;
  readonly #carrier: Carrier;
  readonly #references: HeldReferences;
  readonly #answers: Answers;
  readonly #calls: PendingCalls;
  /** Answers that are made when the client has read those before. */
  readonly #deferred = new Map<number, Deferred>();
  readonly #losses = new Set<() => void>();
  #isInMessage = false;
  /** While the last operation of a message is begun: its answer leaves before anything else is done. */
  #isLast = false;
  readonly #turn = new Turn();
  /** The numbers that the answer which is being made mentions. */
  #mentioned: number[] = [];
  loans = 0;
  #ended = false;

  constructor(owner: SessionOwner, connection: Connection<unknown>, id: number, isGuest: boolean) {
    this.#owner = owner;
    this.#connection = connection;
    this.#carrier = transportOf(connection).carrier;
    this.id = id;
    this.isGuest = isGuest;
    this.#references = new HeldReferences(owner.objects, owner.limits.references);
    this.#calls = new PendingCalls(owner.limits);
    this.#answers = new Answers(
      connection,
      owner.limits.unreadBytes,
      () => this.#answerDeferred(),
      () => this.end(),
    );
    const { messageBytes, messageValues } = owner.limits;
    limitValues(connection, messageBytes, (read) => readWithoutObjects(messageValues, read));
  }

  /** Whether calls of it are under way. */
  get isBusy(): boolean {
    return this.#calls.size > 0 || this.#deferred.size > 0 || this.#answers.isWaiting;
  }

  /** Serves the client until it is gone. Never rejects. @param ended told why, unless it was ended here */
  async run(ended: (error: unknown) => void): Promise<void> {
    try {
      for (;;) {
        const message = await this.#connection.recv();
        if (this.#ended) return;
        const rest = this.#serve(message);
        if (rest !== undefined) await rest;
      }
    } catch (error) {
      // The client is gone, or has sent what no client of ours sends: it is not served any more.
      if (!this.#ended) ended(error);
    } finally {
      this.end();
    }
  }

  /** Lets go of all that the client held. Safe to call again. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const gone = new ClosedError('The client is gone');
    // What the client never knew that it has is taken back before the rest is lost with it.
    this.#calls.cancelAll(gone);
    for (const { call } of this.#deferred.values()) call?.takeBackIfLost();
    this.#deferred.clear();
    this.#answers.end();
    for (const lose of [...this.#losses]) lose();
    this.#losses.clear();
    this.#references.clear();
    this.#connection.close();
    // What a client that does not read has yet to read must not stay here.
    setTimeout(() => transportOf(this.#connection).drop(), LINGER_MS).unref();
    this.#owner.ended(this);
  }

  onLost(lose: () => void): () => void {
    this.#losses.add(lose);
    return () => this.#losses.delete(lose);
  }

  findTask(ref: unknown): Promise<(...args: never[]) => unknown> {
    return this.#owner.findTask(ref);
  }

  partsOf(object: object): readonly unknown[] | undefined {
    const hosted = this.#owner.objects.of(object);
    if (hosted === undefined) return undefined;
    const number = this.#references.mention(hosted);
    this.#mentioned.push(number);
    return ['ref', number, hosted.type.name];
  }

  objectOf(parts: readonly unknown[]): unknown {
    if (parts[0] === 'result') return new ResultOf(parts[1] as number);
    if (parts[0] !== 'ref') return this.#owner.foreign(parts, this);
    return this.#references.at(parts[1]).value;
  }

  /** @returns a promise when it could not be served at once */
  #serve(message: unknown): Promise<void> | undefined {
    if (!Array.isArray(message) || typeof message[0] !== 'number') throw misuse('a message is no list');
    this.#isInMessage = true;
    if (message.length > LOOK_CALLS) this.#turn.begin();
    const outcomes = new Outcomes();
    for (let at = 1; at < message.length && !this.#ended; at++) {
      this.#isLast = at === message.length - 1;
      this.#operate(message[at], outcomes);
      if (this.#answers.blocked !== undefined || ((at & (LOOK_CALLS - 1)) === 0 && this.#turn.isOver))
        return this.#serveRest(message, at + 1, outcomes);
    }
    this.#endMessage(message[0]);
    return this.#answers.blocked;
  }

  async #serveRest(message: readonly unknown[], from: number, outcomes: Outcomes): Promise<void> {
    for (let at = from; at < message.length && !this.#ended; at++) {
      if (this.#answers.blocked !== undefined) await this.#answers.blocked;
      else if (this.#turn.isOver) await this.#nextTurn();
      this.#isLast = at === message.length - 1;
      if (!this.#ended) this.#operate(message[at], outcomes);
    }
    this.#endMessage(message[0] as number);
    await this.#answers.blocked;
  }

  /** @param count of messages that the client had read when it sent this one */
  #endMessage(count: number): void {
    // Behind the operations: what was read after a call had been given up, and before that was sent, counts too.
    this.#answers.acknowledge(count);
    this.#isInMessage = false;
    this.#isLast = false;
    this.#answers.flush();
  }

  #nextTurn(): Promise<void> {
    this.#answers.flush();
    return this.#turn.next();
  }

  #operate(operation: unknown, outcomes: Outcomes): void {
    if (!Array.isArray(operation)) throw misuse('an operation is no list');
    const id: unknown = operation[0];
    if (typeof id !== 'number' || !Number.isInteger(id)) throw misuse('an operation has no number');
    if (id > 0) this.#begin(id, operation, outcomes);
    else if (id === RELEASE) this.#references.release(operation[1], operation[2]);
    else if (id === CANCEL) this.#cancel(operation[1]);
    else if (id === LEND) this.#lend(operation[1], operation[2], operation[3]);
    else throw misuse(`there is no operation ${id}`);
  }

  #begin(id: number, operation: readonly unknown[], outcomes: Outcomes): void {
    // Not taken apart as a list, which would run its iterator.
    const { 1: target, 2: method, 3: args, 4: flags } = operation;
    if (this.#calls.has(id) || this.#deferred.has(id)) throw misuse('a number of a call is used twice');
    if (typeof method !== 'string' || method.length > LONGEST_NAME) throw misuse('a method has no name');
    if (!(args instanceof Uint8Array) && !(Array.isArray(args) && areSimple(args)))
      throw misuse('arguments are no list of simple values');
    const call = new Call(this, ((flags as number) & NOW) !== 0);
    const bytes = lengthOf(args);
    const refused =
      this.#calls.overLimit(this.#deferred.size + this.#answers.unread) ??
      this.#owner.memory.refusal(method, bytes);
    if (refused !== undefined) {
      if (!this.#isLast) outcomes.failed(id, call, refused);
      this.#fail(id, refused);
      return;
    }
    let result: unknown;
    try {
      if (this.#owner.isShuttingDown) throw new ClosedError('The manager is shutting down');
      result = this.#invoke(target, method, args, call, outcomes);
    } catch (error) {
      if (!this.#isLast) outcomes.failed(id, call, error);
      this.#fail(id, error);
      return;
    }
    if (result instanceof Promise) this.#await(id, call, result, bytes, outcomes);
    else {
      if (!this.#isLast) outcomes.set(id, call, result);
      this.#succeed(id, call, result);
    }
  }

  /** @param bytes about how long its arguments are */
  #await(id: number, call: Call, result: Promise<unknown>, bytes: number, outcomes: Outcomes): void {
    this.#calls.begin(id, call, bytes);
    if (!this.#isLast) outcomes.set(id, call, result);
    result.then(
      (value) => {
        if (this.#calls.end(id, call, bytes)) this.#succeed(id, call, value);
        else if (this.#ended) call.takeBackIfLost();
        else call.takeBack();
      },
      (error) => {
        if (this.#calls.end(id, call, bytes)) this.#fail(id, error);
      },
    );
  }

  #invoke(target: unknown, method: string, args: unknown, call: Call, outcomes: Outcomes): unknown {
    if (typeof target === 'number' && target < 0)
      return this.#invokeLater(-target, method, args, call, outcomes);
    const values = this.#arguments(args, outcomes);
    if (values instanceof Promise)
      return values.then((ready) => {
        call.throwIfCancelled();
        return this.#invokeOn(target, method, ready, call);
      });
    return this.#invokeOn(target, method, values, call);
  }

  #invokeOn(target: unknown, method: string, args: readonly unknown[], call: Call): unknown {
    if (target === ROOT) return this.#owner.invokeRoot(method, args, call, this);
    return this.#invokeHosted(this.#references.at(target), method, args, call);
  }

  #invokeHosted(hosted: Hosted, method: string, args: readonly unknown[], call: Call): unknown {
    if (call.now && hosted.gate !== undefined) call.notNow();
    call.isOfContainer = hosted.type.isContainer === true && method !== UPDATE;
    if (method === UPDATE) return this.#owner.update(hosted, args, call);
    if (hosted.gate !== undefined)
      return hosted.gate.then(() => {
        call.throwIfCancelled();
        return hosted.type.invoke(hosted.value, method, args, call);
      });
    return hosted.type.invoke(hosted.value, method, args, call);
  }

  /** A call on the result of an earlier one of the same message. */
  #invokeLater(id: number, method: string, args: unknown, call: Call, outcomes: Outcomes): unknown {
    const { call: before, result: outcome } = outcomes.get(id);
    const values = this.#arguments(args, outcomes);
    const run = (value: unknown, ready: readonly unknown[]) => {
      const hosted = typeof value === 'object' && value !== null ? this.#owner.objects.of(value) : undefined;
      if (hosted !== undefined) return this.#invokeHosted(hosted, method, ready, call);
      call.isOfContainer = before.isOfContainer;
      return invokePlain(value, method, ready, before.isOfContainer);
    };
    if (outcome instanceof Promise || values instanceof Promise)
      return Promise.all([outcome, values]).then(([value, ready]) => {
        call.throwIfCancelled();
        return run(value, ready);
      });
    return run(outcome, values);
  }

  #arguments(args: unknown, outcomes: Outcomes): readonly unknown[] | Promise<readonly unknown[]> {
    if (args instanceof Uint8Array) {
      const values = decodeFor(this, this.#carrier, args, this.#owner.limits.messageValues);
      if (Array.isArray(values)) return outcomes.fill(values, (value) => this.#copyOf(value));
    } else if (Array.isArray(args)) return args;
    throw misuse('arguments are no list');
  }

  /** A copy of plain data that is an object's own: else one argument of a call would become part of two objects. */
  #copyOf(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || this.#owner.objects.of(value) !== undefined)
      return value;
    return copyOf(this.#carrier, value, (object) => this.#owner.objects.of(object) !== undefined);
  }

  #lend(number: unknown, token: unknown, loan: unknown): void {
    if (!isToken(token) || !Number.isSafeInteger(loan)) throw misuse('a reference is lent without a token');
    if (this.loans >= this.#owner.limits.references) throw misuse('it lends more than it may hold');
    // Of one that was let go of before there is no loan: a receiver that asks for it hears that it is stale.
    const hosted = this.#references.find(number);
    if (hosted !== undefined) this.#owner.objects.lend(hosted, token, loan as number, this);
  }

  #cancel(id: unknown): void {
    const reason = new DOMException('The client does not wait any more', 'AbortError');
    if (this.#calls.cancel(id as number, reason)) return;
    const deferred = this.#deferred.get(id as number);
    if (deferred === undefined) this.#answers.takeBack(id as number);
    else {
      this.#deferred.delete(id as number);
      deferred.call?.takeBack();
    }
  }

  #answerDeferred(): void {
    for (const [id, { answer }] of this.#deferred) {
      if (this.#answers.isFull || this.#ended) return;
      this.#deferred.delete(id);
      answer();
    }
  }

  #succeed(id: number, call: Call, value: unknown): void {
    if (this.#answers.isFull) {
      this.#deferred.set(id, { call, answer: () => this.#succeed(id, call, value) });
      return;
    }
    if (value === undefined) this.#answer(id, NOTHING, null, 0, call);
    else if (isSimple(value))
      this.#answer(id, SIMPLE, value, typeof value === 'string' ? value.length : 0, call);
    else if (this.#isLast && this.#answers.blocked === undefined && isSmall(value))
      // It is encoded with the message, before it can change.
      this.#answer(id, SIMPLE, value, 0, call);
    else {
      let copy: Buffer;
      try {
        copy = this.#encoded(value, 'result');
      } catch (error) {
        call.takeBack();
        this.#fail(id, error);
        return;
      }
      this.#answer(id, ENCODED, copy, copy.length, call);
    }
  }

  /** A copy of a value as a message. */
  #encoded(value: unknown, root: string): Buffer {
    this.#mentioned = [];
    try {
      const { bytes, pins } = encodeFor(this, this.#carrier, value, root);
      const copy = Buffer.from(bytes);
      pins.sent();
      return copy;
    } catch (error) {
      // The client never learns of these.
      for (const number of this.#mentioned) this.#references.release(number, 1);
      throw error;
    }
  }

  #fail(id: number, error: unknown): void {
    if (this.#answers.isFull) {
      this.#deferred.set(id, { call: undefined, answer: () => this.#fail(id, error) });
      return;
    }
    let copy: Buffer;
    try {
      copy = this.#encoded(error ?? null, 'error');
    } catch (failure) {
      copy = this.#encoded(failure, 'error');
    }
    this.#answer(id, FAILURE, copy, copy.length);
  }

  #answer(id: number, what: number, value: unknown, bytes: number, call?: Call): void {
    call?.end();
    this.#answers.add(id, what, value, bytes, call);
    if (!this.#isInMessage) this.#answers.flushSoon();
  }
}
