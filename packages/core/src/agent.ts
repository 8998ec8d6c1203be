import { unlinkSync } from 'node:fs';
import * as native from '@mp/native';
import { pathOf } from './directory.ts';
import {
  BODY,
  H_AGENT,
  H_KIND,
  H_PID,
  H_VERSION,
  HEADER_BYTES,
  KINDS,
  type SegmentViews,
  writeHeader,
} from './header.ts';
import { randomWord } from './random.ts';
import { scheduleSweep } from './sweep.ts';
import { systemCall } from './system-call.ts';
import { thisThread } from './this-thread.ts';
import { singleton } from './thread-state.ts';

/*
 * An agent is one JavaScript thread of one process. Its page `a-<id>`, after the header:
 *
 *   RUNG       0 / 1: something that this agent waits for was made available
 *   MODE       how to get its attention, see below
 *   THREAD     worker thread number, 0 for the main thread
 *   then the owner it waits for: see waits-for.ts
 *
 * | MODE   | the agent                                          | the ringer that turns RUNG 0→1 must |
 * | ------ | -------------------------------------------------- | ----------------------------------- |
 * | AWAKE  | runs, and looks at RUNG before it sleeps           | do nothing                          |
 * | FUTEX  | sleeps, or is about to, on RUNG in the kernel      | futex-wake RUNG                     |
 * | LOOP   | is in its event loop, or will come back to it      | send one datagram to `d-<id>`       |
 *
 * The agent stores MODE and then reads RUNG; a ringer stores RUNG and then reads MODE. One of them sees the other. Where the
 * system has no futex, a thread that blocks sleeps at its doorbell, as LOOP: `docs/decisions/011` argues that.
 */
const RUNG = BODY;
const MODE = BODY + 1;
const THREAD = BODY + 2;

export const AWAKE = 0;
const FUTEX = 1;
export const LOOP = 2;

export const PAGE_BYTES = 4096;
/** Pages of other agents kept mapped. */
const PEERS_MOST = 256;
/** After so many rings of a sleeping event loop this thread connects to its doorbell … */
const RINGS_FEW = 2;
/** … and to at most so many: each takes a descriptor. */
const BELLS_MOST = 32;
/** Version of the agent's page. */
const AGENT_VERSION = 1;
/** A thread that must sleep, and can have no doorbell, looks this often. */
const NAP_MS = 1;
const NAP = new Int32Array(new SharedArrayBuffer(4));
/** Ids are 30-bit: two bits of an owner word stay free for the primitive. */
const AGENT_MASK = 0x3fffffff;

/** What is known of an agent. */
export interface AgentInfo {
  pid: number;
  threadId: number;
  alive: boolean;
}

/** The page of an agent that is only looked at. */
export interface AgentPage {
  readonly agent: number;
  readonly pid: number;
  readonly threadId: number;
  readonly mode: 'asleep' | 'event loop' | 'awake';
  /** Something it waits for was made available, and it did not look yet. */
  readonly rung: boolean;
}

/** @returns `undefined` when it is no page of an agent */
export function agentPageIn({ words }: SegmentViews): AgentPage | undefined {
  if (words[H_KIND] !== KINDS.agent || words[H_VERSION] !== AGENT_VERSION || words.length <= THREAD)
    return undefined;
  return {
    agent: words[H_AGENT],
    pid: words[H_PID],
    threadId: words[THREAD],
    mode: words[MODE] === FUTEX ? 'asleep' : words[MODE] === LOOP ? 'event loop' : 'awake',
    rung: words[RUNG] !== 0,
  };
}

/** A sleep after which a message is taken for the wait that is woken. */
export interface ShortSleep {
  /** Whether there is such a wait. */
  readonly isArmed: boolean;
  /** @param mode what {@link Agent.mode} is meanwhile @returns whether the thread was rung */
  sleep(mode: number, milliseconds: number): boolean;
}

interface Page {
  buffer: ArrayBuffer;
  words: Int32Array;
}

/** Another agent. */
interface Peer extends Page {
  /** How often its event loop was rung by its path. */
  rings: number;
  /** Its doorbell, when it is rung often. */
  bell: native.Bell | undefined;
}

/** The agent of this thread. */
export class Agent {
  readonly id: number;
  readonly #page: Page;
  readonly #peers = new Map<number, Peer>();
  #bells = 0;
  #hasDoorbell = false;
  readonly #sleepsAtDoorbell: boolean;
  /** Called for each ring that the event loop hears, … */
  onRing: () => void = () => {};
  /** … and when what it woke has run. */
  afterRing: () => void = () => {};
  /** Called when this thread rings itself: its own async waits may be able to go on. */
  onSelfRing: () => void = () => {};

  constructor() {
    scheduleSweep();
    const initial = new ArrayBuffer(HEADER_BYTES + 64);
    const words = new Int32Array(initial);
    const views = { words, floats: new Float64Array(initial), bytes: new Uint8Array(initial) };
    words[THREAD] = thisThread().number;
    for (;;) {
      const id = randomWord() & AGENT_MASK || 1;
      writeHeader(views, `a-${id}`, { kind: 'agent', version: AGENT_VERSION, size: PAGE_BYTES }, 0, id);
      const buffer = systemCall('register this thread', () =>
        native.create(pathOf(`a-${id}`), PAGE_BYTES, native.LOCK_EXCLUSIVE, native.UNLINK, views.bytes),
      );
      if (buffer === undefined) continue;
      this.id = id;
      this.#page = { buffer, words: new Int32Array(buffer) };
      this.#sleepsAtDoorbell = native.backend() === 'posix';
      return;
    }
  }

  /** How many doorbells of others it is connected to: each is a descriptor. */
  get bells(): number {
    return this.#bells;
  }

  /** Takes note of a ring: the next ringer has to ring again. @returns whether there was one */
  answer(): boolean {
    return Atomics.exchange(this.#page.words, RUNG, 0) === 1;
  }

  get mode(): number {
    return Atomics.load(this.#page.words, MODE);
  }

  set mode(mode: number) {
    Atomics.store(this.#page.words, MODE, mode);
  }

  /** Tells the native part where this thread is rung, and which words both share: see `short-way.ts`. */
  shareControl(control: Int32Array): void {
    native.lineControl(this.#page.buffer, RUNG * 4, control);
  }

  /**
   * Blocks the thread until it is rung, at most `milliseconds`.
   *
   * @param way of the line for which it blocks
   * @returns whether it was rung
   */
  sleep(milliseconds: number, way?: ShortSleep): boolean {
    if (way?.isArmed && !this.#sleepsAtDoorbell) return way.sleep(FUTEX, milliseconds);
    const before = this.mode;
    if (this.#sleepsAtDoorbell) {
      this.#sleepAtDoorbell(milliseconds);
    } else {
      this.mode = FUTEX;
      native.futexWait(this.#page.buffer, RUNG * 4, 0, milliseconds);
    }
    this.mode = before;
    return this.answer();
  }

  /** Opens the doorbell of this thread, if it has none. */
  openDoorbell(): void {
    if (this.#hasDoorbell) return;
    native.doorbellOpen(pathOf(`d-${this.id}`), this.onRing, this.afterRing);
    this.#hasDoorbell = true;
  }

  #sleepAtDoorbell(milliseconds: number): void {
    try {
      this.openDoorbell();
    } catch {
      // No descriptor is left. The wait is under way, and looks without being rung.
      Atomics.wait(NAP, 0, 0, Math.min(milliseconds, NAP_MS));
      return;
    }
    this.mode = LOOP;
    native.doorbellWait(this.#page.buffer, RUNG * 4, 0, milliseconds);
  }

  /**
   * Gets the attention of agent `id`, without waiting for it. A ring that the system refuses (no descriptor left) is
   * left to the other's periodic look: what made something available has done its work, and must not fail now.
   *
   * @returns `false` when it is known to be dead
   */
  ring(id: number): boolean {
    if (id === this.id) {
      this.onSelfRing();
      return true;
    }
    try {
      return this.#ringPeer(id);
    } catch {
      return true;
    }
  }

  /**
   * Whether agent `id` lives. One system call for another's, so callers look now and then, not always. When the system
   * cannot tell (no descriptor left), it counts as alive: taking a live one's lock would be worse than waiting.
   */
  isAlive(id: number): boolean {
    if (id === this.id) return true;
    try {
      if (native.probe(pathOf(`a-${id}`)) === 2) return true;
    } catch {
      return true;
    }
    this.#forget(id);
    return false;
  }

  /** What is known of agent `id`, or `undefined` when nothing is left of it. */
  info(id: number): AgentInfo | undefined {
    const words = this.wordsOf(id);
    if (words === undefined) return undefined;
    return { pid: words[H_PID], threadId: words[THREAD], alive: this.isAlive(id) };
  }

  /** The words of an agent's page, to read; `undefined` when nothing is left of it. Only its own are there to write. */
  wordsOf(id: number): Int32Array | undefined {
    return id === this.id ? this.#page.words : this.#peer(id)?.words;
  }

  /** Removes what agent `id` left, if its thread has ended. Otherwise that stays until the next sweep. */
  bury(id: number): void {
    // A child that could not be told to end is reported as ended, too.
    if (this.isAlive(id)) return;
    this.#forget(id);
    for (const file of [`a-${id}`, `d-${id}`]) {
      try {
        unlinkSync(pathOf(file));
      } catch {
        // It went by itself, or somebody was first.
      }
    }
  }

  #ringPeer(id: number): boolean {
    const peer = this.#peer(id);
    if (peer === undefined) return false;
    if (Atomics.exchange(peer.words, RUNG, 1) === 1) return true;
    const mode = Atomics.load(peer.words, MODE);
    if (mode === FUTEX) {
      native.futexWake(peer.buffer, RUNG * 4, 1);
      if (peer.rings++ === RINGS_FEW) this.#know(id, peer);
    } else if (mode === LOOP && !this.#ringLoop(id, peer)) {
      this.#forget(id);
      return false;
    }
    return true;
  }

  #ringLoop(id: number, peer: Peer): boolean {
    if (peer.bell !== undefined) return native.bellRing(peer.bell);
    const path = pathOf(`d-${id}`);
    if (peer.rings++ >= RINGS_FEW) this.#connect(id, peer, path);
    return native.ring(path);
  }

  /** From now on the native part rings it by itself. */
  #know(id: number, peer: Peer): void {
    native.peerKnow(id, peer.buffer, RUNG * 4, pathOf(`d-${id}`), peer.bell);
  }

  #connect(id: number, peer: Peer, path: string): void {
    if (this.#bells === BELLS_MOST) this.#giveUpBell();
    try {
      peer.bell = native.bellOpen(path);
    } catch {
      // No descriptor is left: the path does it too.
    }
    if (peer.bell === undefined) return;
    this.#bells++;
    this.#know(id, peer);
  }

  /** Lets go of the oldest bell: its owner may have ended long ago. */
  #giveUpBell(): void {
    for (const peer of this.#peers.values()) {
      if (peer.bell === undefined) continue;
      this.#closeBell(peer);
      return;
    }
  }

  #closeBell(peer: Peer): void {
    if (peer.bell === undefined) return;
    native.bellClose(peer.bell);
    peer.bell = undefined;
    peer.rings = 0;
    this.#bells--;
  }

  #peer(id: number): Peer | undefined {
    const known = this.#peers.get(id);
    if (known !== undefined) return known;
    // An agent that is not asked about is never found dead: without a bound, the pages of all that ever rang would stay.
    if (this.#peers.size >= PEERS_MOST) for (const peer of [...this.#peers.keys()]) this.#forget(peer);
    const buffer = native.attach(pathOf(`a-${id}`), native.LOCK_NONE, native.KEEP);
    if (buffer === undefined || buffer.byteLength < HEADER_BYTES + 64) return undefined;
    const words = new Int32Array(buffer);
    if (words[2] !== KINDS.agent) return undefined;
    const peer: Peer = { buffer, words, rings: 0, bell: undefined };
    this.#peers.set(id, peer);
    return peer;
  }

  #forget(id: number): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    this.#peers.delete(id);
    native.peerForget(id);
    native.detach(peer.buffer, native.KEEP);
    this.#closeBell(peer);
  }
}

/** The agent of this thread, registered at the first need. */
export function thisAgent(): Agent {
  return singleton('agent', () => new Agent());
}
