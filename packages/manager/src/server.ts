import { setTimeout as delay } from 'node:timers/promises';
import { ClosedError, MpError } from '@mp/core';
import { deadlineIn, timeLeft } from '@mp/core/internal';
import { type AcceptedClient, acceptClient, type Connection, type Listener } from '@mp/pipe/internal';
import { findTask, type TaskRef } from '@mp/process/internal';
import { Arrivals, type OnRefused } from './arrivals.ts';
import type { Call } from './call.ts';
import { type Hosted, HostedObjects, type Redeemed } from './hosted.ts';
import { type Limits, overLimit } from './limits.ts';
import { MemoryGuard } from './memory-guard.ts';
import { checkParameters } from './parameters.ts';
import type { ServerInfo } from './protocol.ts';
import { receiveProxies } from './references.ts';
import type { ServerType } from './server-type.ts';
import { Session } from './session.ts';
import type { SessionOwner } from './session-owner.ts';

/** What a server is made of. */
export interface ServerPlan {
  readonly info: ServerInfo;
  readonly types: ReadonlyMap<string, ServerType>;
  readonly limits: Limits;
  /** Whether its clients may name tasks whose modules it has yet to import: they are the program that started it. */
  readonly importsTasks: boolean;
}

/** The part of all places that clients without the key may take. */
const GUESTS_SHARE = 0.9;

const LONGEST_NAME = 100;

/** How long calls may take to end when the server is shut down, as in Python. */
const GRACE_MS = 1_000;
const LOOK_MS = 5;

/** Hosts objects, and serves clients. */
export class Server implements SessionOwner {
  readonly info: ServerInfo;
  readonly objects: HostedObjects;
  readonly limits: Limits;
  readonly memory: MemoryGuard;
  readonly #types: ReadonlyMap<string, ServerType>;
  readonly #importsTasks: boolean;
  readonly #sessions = new Set<Session>();
  readonly #arrivals: Arrivals;
  readonly #closing: Promise<void>;
  /** Told of clients that were refused or thrown out for misuse, and not of those that left. */
  onRefused: ((error: Error, from: AcceptedClient['from']) => void) | undefined;
  #closed = false;
  #isShuttingDown = false;
  #lastSession = 0;
  #listener: { close(): void } | undefined;
  #resolveClosing: () => void = () => {};

  constructor({ info, types, limits, importsTasks }: ServerPlan) {
    receiveProxies();
    this.info = info;
    this.limits = limits;
    this.memory = new MemoryGuard(limits.memoryBytes);
    this.objects = new HostedObjects(types, info);
    this.#arrivals = new Arrivals(info, this.refused);
    this.#types = types;
    this.#importsTasks = importsTasks;
    this.#closing = new Promise((resolve) => {
      this.#resolveClosing = resolve;
    });
  }

  /** A client was refused or thrown out. One that left is none of them. */
  readonly refused: OnRefused = (error, from) => {
    if (!this.#closed && !hasLeft(error)) this.onRefused?.(error as Error, from);
  };

  /** Resolves when the server was shut down. */
  get closing(): Promise<void> {
    return this.#closing;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get isShuttingDown(): boolean {
    return this.#isShuttingDown;
  }

  /** How many clients it has. */
  get clients(): number {
    return this.#sessions.size;
  }

  /** Serves a client until it is gone. Never rejects. */
  serve(connection: Connection<unknown>, isGuest: boolean, from?: AcceptedClient['from']): Promise<void> {
    const session = new Session(this, connection, ++this.#lastSession, isGuest);
    this.#sessions.add(session);
    if (this.#closed) session.end();
    return session.run((error) => this.refused(error, from));
  }

  /** What lets in clients; it is closed with the server. */
  listen(listener: { close(): void }): void {
    this.#listener = listener;
    if (this.#isShuttingDown || this.#closed) listener.close();
  }

  /** Accepts clients until the server or the listener is closed. */
  async accept(listener: Listener): Promise<void> {
    this.listen(listener);
    while (!this.#closed) {
      try {
        void this.admit(await acceptClient(listener));
      } catch (error) {
        if (this.#closed || error instanceof ClosedError) return;
        throw error;
      }
    }
  }

  /** Serves a client that has proved a key. Never rejects. */
  async admit(client: AcceptedClient): Promise<void> {
    const most = client.isGuest ? Math.ceil(this.limits.clients * GUESTS_SHARE) : this.limits.clients;
    if (this.#sessions.size + this.#arrivals.count >= most) {
      const refusal = overLimit(`${most} clients are connected`, 'Connect when one has gone');
      this.refused(refusal, client.from);
      return this.#arrivals.refuse(client, refusal.message);
    }
    const connection = await this.#arrivals.welcome(client);
    if (connection !== undefined) await this.serve(connection, client.isGuest, client.from);
  }

  /** Takes no more clients and calls, and closes when the calls under way have ended, or the time is over. */
  async shutdown(grace = GRACE_MS): Promise<void> {
    const deadline = deadlineIn(grace, 'grace');
    this.#isShuttingDown = true;
    this.#listener?.close();
    while (!this.#closed && timeLeft(deadline) > 0 && this.#isBusy) await delay(LOOK_MS);
    this.close();
  }

  /** Takes no more clients, tells those that are there, and lets go of everything. Safe to call again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener?.close();
    this.#arrivals.close();
    for (const session of [...this.#sessions]) session.end();
    this.objects.clear();
    this.#resolveClosing();
  }

  invokeRoot(method: string, args: readonly unknown[], call: Call, session: Session): unknown {
    if (method === 'redeem') return this.#redeemSoon(args, call);
    if (session.isGuest)
      throw new MpError(
        'ERR_MP_NOT_FOUND',
        'A client without the authKey may use what it was given, nothing else',
      );
    switch (method) {
      case 'make':
        return this.#make(args, call);
      case 'unlink':
        return this.objects.unlink(String(args[0]));
      case 'stats':
        return { objects: this.objects.size, clients: this.#sessions.size };
      case 'shutdown':
        // The answer leaves first.
        setImmediate(() => void this.shutdown());
        return undefined;
      default:
        throw new MpError('ERR_MP_NOT_FOUND', `A manager has no method ${JSON.stringify(method)}`);
    }
  }

  findTask(ref: unknown): Promise<(...args: never[]) => unknown> {
    return findTask(ref as TaskRef, this.#importsTasks) as Promise<(...args: never[]) => unknown>;
  }

  async update(hosted: Hosted, [ref, ...args]: readonly unknown[], call: Call): Promise<unknown> {
    // The task is alone with the object until it has ended, also when it awaits something.
    const before = hosted.gate;
    const running = (async () => {
      await before;
      const task = await this.findTask(ref);
      call.throwIfCancelled();
      const run = (given: unknown) => (task as (...given: readonly unknown[]) => unknown)(given, ...args);
      return hosted.type.update === undefined ? run(hosted.value) : hosted.type.update(hosted.value, run);
    })();
    const gate = running.then(
      () => {},
      () => {},
    );
    hosted.gate = gate;
    try {
      return await running;
    } finally {
      if (hosted.gate === gate) hosted.gate = undefined;
    }
  }

  foreign(parts: readonly unknown[], session: Session): unknown {
    const [kind, info, token, loan] = parts as [string, ServerInfo | undefined, unknown, unknown];
    // What it is an argument of is called before that.
    if (kind === 'far' && info?.id === this.info.id) return this.#redeem([token, loan], setImmediate);
    // Else a client without the key could make this server connect to whatever it likes.
    if (!session.isGuest) return undefined;
    throw new MpError(
      'ERR_MP_NOT_FOUND',
      'A client without the authKey cannot pass on objects of other managers',
    );
  }

  ended(session: Session): void {
    this.#sessions.delete(session);
  }

  get #isBusy(): boolean {
    for (const session of this.#sessions) if (session.isBusy) return true;
    return false;
  }

  async #make([name, args, key]: readonly unknown[], call: Call): Promise<unknown> {
    const type = this.#types.get(String(name));
    if (type === undefined) {
      const known = [...this.#types.keys()].join(', ');
      throw new MpError(
        'ERR_MP_NOT_FOUND',
        `The manager has no type ${JSON.stringify(name)}: it has ${known}`,
      );
    }
    if (!Array.isArray(args)) throw new TypeError('the arguments of a type are a list');
    if (key === undefined || key === null) return this.#made(type, args, call);
    if (typeof key !== 'string' || key.length === 0 || key.length > LONGEST_NAME)
      throw new TypeError(`The name of an object must be a string of 1 to ${LONGEST_NAME} characters`);
    const known = this.objects.named(key) ?? (await this.#makeNamed(key, type, args, call));
    if (known.type !== type)
      throw new MpError(
        'ERR_MP_MISMATCH',
        `${JSON.stringify(key)} is a ${known.type.name} in this manager, and was asked for as a ${type.name}`,
      );
    const parameters = (await type.parameters?.(known.value, args)) ?? [];
    checkParameters(`${type.name} ${JSON.stringify(key)}`, parameters);
    return known.value;
  }

  async #makeNamed(key: string, type: ServerType, args: readonly unknown[], call: Call): Promise<Hosted> {
    const made = this.objects.host(await this.#made(type, args, call), type);
    // Another client may have made it meanwhile.
    const known = this.objects.named(key);
    if (known !== undefined) {
      this.objects.settle(made);
      return known;
    }
    this.objects.setName(made, key);
    return made;
  }

  async #made(type: ServerType, args: readonly unknown[], call: Call): Promise<object> {
    const refused = this.memory.refusalOfObject();
    if (refused !== undefined) throw refused;
    const value = (await type.make(args, call)) as object;
    const hosted = this.objects.made(value, type);
    // A client that has given up, is gone or has too many references does not hold it.
    call.undo = () => this.objects.settle(hosted);
    call.undoIfLost = true;
    return value;
  }

  /** @param whenHeld runs what ends the loan when the receiver holds the object, or will not */
  #redeem([token, loan]: readonly unknown[], whenHeld: (endLoan: () => void) => void): object {
    return redeemed(this.objects.redeem(String(token), Number(loan)), whenHeld);
  }

  #redeemSoon([token, loan]: readonly unknown[], call: Call): object | Promise<object> {
    const whenHeld = (endLoan: () => void) => call.onEnd(endLoan);
    const found = this.objects.redeemSoon(String(token), Number(loan), call);
    return found instanceof Promise
      ? found.then((each) => redeemed(each, whenHeld))
      : redeemed(found, whenHeld);
  }
}

/** @throws MpError `ERR_MP_STALE` when there is none */
function redeemed(found: Redeemed | undefined, whenHeld: (endLoan: () => void) => void): object {
  if (found === undefined)
    throw new MpError(
      'ERR_MP_STALE',
      'The manager has no such object any more: all that held it have let go of it',
    );
  whenHeld(found.endLoan);
  return found.value;
}

/** Whether a connection ended because the client closed it, or is gone. */
function hasLeft(error: unknown): boolean {
  return error instanceof ClosedError || (error as NodeJS.ErrnoException).syscall !== undefined;
}
