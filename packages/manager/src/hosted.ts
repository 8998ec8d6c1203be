import { MpError } from '@mp/core';
import { HANDLE, type HandleRecord } from '@mp/core/internal';
import type { Call } from './call.ts';
import { handleOf, presentCoding } from './coding.ts';
import { isToken, newLoan, newToken } from './handle.ts';
import { LoanWaits } from './loan-waits.ts';
import type { ServerInfo } from './protocol.ts';
import type { ServerType } from './server-type.ts';

/** An object of a message that was received. */
export interface Redeemed {
  readonly value: object;
  /** Its receiver holds it, or will not. */
  endLoan(): void;
}

/** A message on its way that mentions an object. */
interface Loan {
  readonly token: string;
  readonly lender: Lender;
  readonly timer: NodeJS.Timeout;
}

/** A client, as the one that has sent messages that mention objects. */
export interface Lender {
  /** Of its messages, those that have yet to be received. */
  loans: number;
}

/** Tokens of one object, at most: of those whose messages have been received, the first are forgotten. */
const TOKENS_MOST = 1_000;
const LOOKS = 16;

/** How long an object waits for a process that has yet to receive a reference to it. */
const LOAN_MS = 60_000;

/** An object of the server, as its clients hold it. */
export class Hosted {
  readonly value: object;
  readonly type: ServerType;
  /** Connections that hold it. */
  holders = 0;
  /** By which any client can ask for it; it then stays until it is unlinked. */
  name: string | undefined;
  /** While something must not be disturbed: what runs after it. */
  gate: Promise<unknown> | undefined;
  /** Messages on their way that mention it, and until when they are waited for. */
  readonly loans = new Map<string, Loan>();
  /** By which processes without a reference to it can ask for it: knowing one is enough. And how many loans each has. */
  readonly tokens = new Map<string, number>();
  /** Of these, the one by which the server itself sends it to its children. */
  ownToken: string | undefined;

  constructor(value: object, type: ServerType) {
    this.value = value;
    this.type = type;
  }

  get isHeld(): boolean {
    return this.holders > 0 || this.loans.size > 0 || this.name !== undefined;
  }
}

/** The objects of a server that something outside of it holds. */
export class HostedObjects {
  readonly #types: ReadonlyMap<string, ServerType>;
  readonly #info: ServerInfo;
  /** Every object that was ever held and still is there. */
  readonly #known = new WeakMap<object, Hosted>();
  readonly #held = new Set<Hosted>();
  readonly #byToken = new Map<string, Hosted>();
  readonly #byName = new Map<string, Hosted>();
  readonly #waits = new LoanWaits();
  /** The server, as one that sends messages with objects to children of its own. */
  readonly #own: Lender = { loans: 0 };

  constructor(types: ReadonlyMap<string, ServerType>, info: ServerInfo) {
    this.#types = types;
    this.#info = info;
    for (const { prototype } of types.values())
      if (prototype !== undefined && !(HANDLE in prototype)) defineHandle(prototype);
  }

  /** How many something outside of the server holds. */
  get size(): number {
    return this.#held.size;
  }

  /** The hosted object that `value` is, if it is one or its class makes it one. */
  of(value: object): Hosted | undefined {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    let prototype = Object.getPrototypeOf(value) as object | null;
    for (let isOwn = true; prototype !== null && prototype !== Object.prototype; isOwn = false) {
      for (const type of this.#types.values())
        if (type.owns?.(prototype, isOwn)) return this.host(value, type);
      prototype = Object.getPrototypeOf(prototype) as object | null;
    }
    return undefined;
  }

  host(value: object, type: ServerType): Hosted {
    let hosted = this.#known.get(value);
    if (hosted === undefined) {
      hosted = new Hosted(value, type);
      this.#known.set(value, hosted);
      hosts.set(value, this);
      makePortable(value);
    }
    return hosted;
  }

  /** An object that a type has just made: it is there until something that held it has let go of it. */
  made(value: object, type: ServerType): Hosted {
    const hosted = this.host(value, type);
    this.#held.add(hosted);
    return hosted;
  }

  named(name: string): Hosted | undefined {
    return this.#byName.get(name);
  }

  setName(hosted: Hosted, name: string): void {
    hosted.name = name;
    this.#byName.set(name, hosted);
    this.#held.add(hosted);
  }

  /** @returns whether there was one */
  unlink(name: string): boolean {
    const hosted = this.#byName.get(name);
    if (hosted === undefined) return false;
    this.#byName.delete(name);
    hosted.name = undefined;
    this.settle(hosted);
    return true;
  }

  hold(hosted: Hosted): void {
    hosted.holders++;
    this.#held.add(hosted);
  }

  letGo(hosted: Hosted): void {
    hosted.holders--;
    this.settle(hosted);
  }

  /** A message that mentions it is on its way to another process, which will redeem the loan. */
  lend(hosted: Hosted, token: string, loan: number, lender: Lender): void {
    const known = this.#byToken.get(token);
    if (known !== undefined && known !== hosted)
      throw new MpError('ERR_MP_EXISTS', 'This token stands for another object');
    this.#held.add(hosted);
    this.#byToken.set(token, hosted);
    const key = `${token} ${loan}`;
    this.#endLoan(hosted, key);
    hosted.tokens.set(token, (hosted.tokens.get(token) ?? 0) + 1);
    if (hosted.tokens.size > TOKENS_MOST) this.#forgetTokens(hosted);
    lender.loans++;
    const timer = setTimeout(() => this.#return(hosted, key), LOAN_MS).unref();
    hosted.loans.set(key, { token, lender, timer });
    if (known === undefined) this.#waits.arrived(token);
  }

  /** The parts of the handle by which a process that the server itself sends the object to asks for it. */
  lendOut(value: object): readonly unknown[] | undefined {
    const hosted = this.#known.get(value);
    if (hosted === undefined) return undefined;
    hosted.ownToken ??= newToken();
    const loan = newLoan();
    this.lend(hosted, hosted.ownToken, loan, this.#own);
    return ['far', this.#info, hosted.ownToken, loan, hosted.type.name];
  }

  /**
   * The object of a message that has been received, and what ends the loan once the receiver holds it.
   *
   * @returns `undefined` when there is none: all that held it have let go of it
   */
  redeem(token: string, loan: number): Redeemed | undefined {
    const hosted = this.#byToken.get(token);
    if (hosted === undefined) return undefined;
    return { value: hosted.value, endLoan: () => this.#return(hosted, `${token} ${loan}`) };
  }

  /** Like `redeem`, but for a message that may have been faster than the sender's word of it: then it waits for that. */
  redeemSoon(token: string, loan: number, call: Call): Redeemed | undefined | Promise<Redeemed | undefined> {
    const found = this.redeem(token, loan);
    if (found !== undefined || !isToken(token)) return found;
    return this.#waits.wait(call, token)?.then(() => this.redeem(token, loan));
  }

  /** Lets go of all: the server ends. */
  clear(): void {
    for (const hosted of this.#held) {
      for (const { timer } of hosted.loans.values()) clearTimeout(timer);
      hosted.type.dispose?.(hosted.value);
    }
    this.#held.clear();
    this.#byToken.clear();
    this.#byName.clear();
  }

  #return(hosted: Hosted, key: string): void {
    if (this.#endLoan(hosted, key)) this.settle(hosted);
  }

  /** @returns whether there was one */
  #endLoan(hosted: Hosted, key: string): boolean {
    const loan = hosted.loans.get(key);
    if (loan === undefined) return false;
    clearTimeout(loan.timer);
    loan.lender.loans--;
    hosted.tokens.set(loan.token, (hosted.tokens.get(loan.token) as number) - 1);
    return hosted.loans.delete(key);
  }

  /** Looks at a few of them: it is asked again before long. */
  #forgetTokens(hosted: Hosted): void {
    let looks = LOOKS;
    for (const [token, loans] of hosted.tokens) {
      if (loans === 0) {
        hosted.tokens.delete(token);
        this.#byToken.delete(token);
      }
      if (--looks === 0) return;
    }
  }

  /** Lets go of an object that nothing outside of the server holds. */
  settle(hosted: Hosted): void {
    if (hosted.isHeld || !this.#held.delete(hosted)) return;
    for (const token of hosted.tokens.keys()) this.#byToken.delete(token);
    hosted.tokens.clear();
    hosted.ownToken = undefined;
    hosted.type.dispose?.(hosted.value);
  }
}

/** Where each hosted object of this process is. */
const hosts = new WeakMap<object, HostedObjects>();

/** An array that is hosted itself: its class tells it from plain data. */
class PortableArray extends Array<unknown> {
  /** What is cut out of it is plain data. */
  static override get [Symbol.species]() {
    return Array;
  }
}

/** From now on an object, or each one of its class, is a reference in messages instead of a copy. */
function makePortable(value: object): void {
  const prototype = Object.getPrototypeOf(value) as object | null;
  // Messages look for handles on what is not plain data.
  if (prototype === Array.prototype) Object.setPrototypeOf(value, PortableArray.prototype);
  else if (prototype === Object.prototype || prototype === null)
    Object.setPrototypeOf(value, Object.create(prototype) as object);
  else if (prototype === Map.prototype || prototype === Set.prototype) {
    defineHandle(value);
    return;
  }
  if (!(HANDLE in value)) defineHandle(Object.getPrototypeOf(value) as object);
}

function defineHandle(of: object): void {
  Object.defineProperty(of, HANDLE, {
    configurable: true,
    value: function handle(this: object): HandleRecord {
      // Without a connection of a client: the server sends it to a child of its own, as an argument of a pool does.
      const parts = presentCoding()?.partsOf(this) ?? hosts.get(this)?.lendOut(this);
      if (parts === undefined)
        throw new TypeError('the object is of a class that a manager hosts, and not hosted');
      return handleOf(parts);
    },
  });
}
