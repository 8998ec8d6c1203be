import { BODY, Segment } from '@mp/core/internal';
import { Lock, RLock } from '@mp/lock';
import { Mutex } from '@mp/lock/internal';
import { eventually, type Fixture, type PeerKind, spawnPeer } from '@mp/testing';

/** How a peer waits. */
export type How = 'sync' | 'async' | 'try';

/** What a peer says to a command. */
export interface Answer {
  token: number;
  recovered: boolean;
  code: string;
  message: string;
  elapsed: number;
  done: number;
  locked: boolean;
}

/** The classes that are locks with one owner. */
export const LOCK_CLASSES = { Lock, RLock };

export type LockClass = keyof typeof LOCK_CLASSES;

/** A named lock of one test, and the peers that use it. */
export class ContendedLock {
  static #count = 0;
  readonly name = `suite-${ContendedLock.#count++}`;
  readonly lock: Lock | RLock;
  readonly words = Segment.openNamed(`${this.name}-words`, { kind: 'value', version: 1, size: 4096 }).segment;
  readonly #kind: PeerKind;
  readonly #class: LockClass;
  readonly #segment: Segment;
  readonly #mutex: Mutex;
  readonly #peers = new Set<Peer>();

  constructor(kind: PeerKind, className: LockClass) {
    this.#kind = kind;
    this.#class = className;
    this.lock = new LOCK_CLASSES[className]({ name: this.name });
    this.#segment = Segment.attach(`n-${this.name}`, className === 'Lock' ? 'lock' : 'rlock', 1);
    this.#mutex = new Mutex(this.#segment, BODY, 64);
  }

  /** What the peers added up. */
  get count(): number {
    return this.words.words[BODY];
  }

  /** Ends `addUntilStopped` of every peer. */
  stop(): void {
    Atomics.store(this.words.words, BODY + 1, 1);
  }

  /** Waits that no wake ended. */
  get rescued(): number {
    return this.#mutex.waiters.rescued;
  }

  async peer(): Promise<Peer> {
    const program = new URL('./fixtures/lock-peer.mjs', import.meta.url);
    const peer = new Peer(spawnPeer(this.#kind, program, { args: [this.name, this.#class] }));
    this.#peers.add(peer);
    await peer.answer();
    return peer;
  }

  peers(count: number): Promise<Peer[]> {
    return Promise.all(Array.from({ length: count }, () => this.peer()));
  }

  /** Resolves when `count` threads stand in the lock's table. */
  async waiting(count: number): Promise<void> {
    await eventually(`${count} wait`, () => this.#mutex.waiters.size === count);
  }

  /** Ends the peers and removes the lock; fails when somebody still uses it. */
  async end(): Promise<void> {
    await Promise.all([...this.#peers].map((peer) => peer.end()));
    this.#segment.close();
    this.words.close();
    if (!Segment.removeNamed(`${this.name}-words`)) throw new Error('the words are still in use');
    if (!this.lock.unlink()) throw new Error('the lock is still in use');
  }
}

/** A process or thread that uses the lock as it is told. */
export class Peer {
  readonly #fixture: Fixture;
  #ended = false;

  constructor(fixture: Fixture) {
    this.#fixture = fixture;
  }

  get pid(): number {
    return this.#fixture.pid;
  }

  tell(command: {
    do: string;
    how?: How;
    options?: { timeout?: number };
    times?: number;
    milliseconds?: number;
  }): void {
    this.#fixture.say(JSON.stringify(command));
  }

  async answer(): Promise<Answer> {
    return JSON.parse(await this.#fixture.line());
  }

  acquire(how: How = 'sync', options?: { timeout?: number }): Promise<Answer> {
    this.tell({ do: 'acquire', how, ...(options && { options }) });
    return this.answer();
  }

  release(): Promise<Answer> {
    this.tell({ do: 'release' });
    return this.answer();
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  async kill(): Promise<void> {
    this.#ended = true;
    await this.#fixture.kill();
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.tell({ do: 'end' });
    await this.#fixture.exited;
  }
}
