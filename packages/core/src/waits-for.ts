import { type Agent, thisAgent } from './agent.ts';
import { BODY, H_PID, type SegmentViews } from './header.ts';
import { keepOrder } from './memory-order.ts';

/*
 * A Sync wait without timeout tells, in its agent's page, for whose release it waits. A thread that follows that from page
 * to page and comes back to itself has found a ring of threads that wait for each other.
 *
 *   THREAD     worker thread number
 *   WAITS_FOR  the owner it waits for; 0 = it does not wait, or its wait has an end
 *   WAIT       changes whenever such a wait begins, ends, or is for another owner
 *   LOOKS      how often the wait has found that owner again since it began
 *   STAYS      1 = this wait cannot give up
 *   TITLE      what it waits for, in words: 128 bytes, ended by 0
 *
 * One reading proves nothing: a page may be about an owner that has released since. So a ring counts only when it is
 * found twice, with the same waits, and every one of them has looked twice in between. Between the two readings all of
 * them stood still, each has seen in that time (the second look began in it) that its owner is the next one, and none
 * of these can release while it stands still. That leaves a release by a thread outside the ring, which only a Lock allows.
 *
 * All find the ring; one gives up, the same for all: of those that can, the one with the highest id.
 */
const THREAD = BODY + 2;
const WAITS_FOR = BODY + 3;
const WAIT = BODY + 4;
const LOOKS = BODY + 5;
const STAYS = BODY + 6;
const TITLE = BODY + 16;
const TITLE_BYTES = 128;

/** Longer rings are not looked for. */
const RING_MOST = 256;

/** A member of a ring of waits. */
export interface Waiter {
  readonly agent: number;
  readonly pid: number;
  readonly threadId: number;
  /** What it waits for. */
  readonly title: string;
}

interface Sighting extends Waiter {
  readonly wait: number;
  readonly looks: number;
  readonly stays: boolean;
}

/** A Sync wait without timeout, as its agent's page tells of it. */
export interface PublishedWait {
  /** Agent of the owner. */
  readonly agent: number;
  readonly title: string;
  /** Changes whenever such a wait begins, ends, or is for another owner. */
  readonly wait: number;
  readonly looks: number;
}

/** @param page a copy of an agent's page. @returns `undefined` when it does not wait in this way */
export function publishedWaitIn({ words, bytes }: SegmentViews): PublishedWait | undefined {
  const agent = words[WAITS_FOR];
  if (agent === undefined || agent === 0) return undefined;
  const text = Buffer.from(bytes.subarray(TITLE * 4, TITLE * 4 + TITLE_BYTES)).toString('latin1');
  return {
    agent,
    title: text.slice(0, Math.max(0, text.indexOf('\0'))),
    wait: words[WAIT],
    looks: words[LOOKS],
  };
}

/** One Sync wait without timeout, for what only its owner can release. */
export class OwnerWait {
  readonly #agent: Agent = thisAgent();
  readonly #words = this.#agent.wordsOf(this.#agent.id) as Int32Array;
  readonly #title: string;
  readonly #stays: boolean;
  #owner = 0;
  #suspected: readonly Sighting[] | undefined;

  /**
   * @param title what is waited for
   * @param canGiveUp whether this wait may be the one that ends with an error
   */
  constructor(title: string, canGiveUp: boolean) {
    this.#title = title;
    this.#stays = !canGiveUp;
  }

  /**
   * The periodic look found that `owner` still has it.
   *
   * @returns the ring of waits, this one first, when it is certain that no thread in it ever goes on, and this wait is the
   * one to give up
   */
  look(owner: number): readonly Waiter[] | undefined {
    if (owner === this.#owner) Atomics.add(this.#words, LOOKS, 1);
    else this.#publish(owner);
    const ring = owner === 0 ? undefined : this.#ring();
    const before = this.#suspected;
    if (ring === undefined || before === undefined || !isSame(ring, before)) {
      this.#suspected = ring;
      return undefined;
    }
    const isCertain = ring.every(({ looks }, index) => looks - before[index].looks >= 2);
    const loser = Math.max(...ring.filter(({ stays }) => !stays).map(({ agent }) => agent));
    return isCertain && loser === this.#agent.id ? ring : undefined;
  }

  /** The wait is over. */
  end(): void {
    if (this.#owner !== 0) this.#publish(0);
  }

  #publish(owner: number): void {
    const words = this.#words;
    Atomics.store(words, WAITS_FOR, 0);
    Atomics.add(words, WAIT, 1);
    this.#owner = owner;
    if (owner === 0) return;
    keepOrder();
    const title = Buffer.from(words.buffer, TITLE * 4, TITLE_BYTES);
    title[title.write(this.#title, 0, TITLE_BYTES - 1, 'latin1')] = 0;
    Atomics.store(words, LOOKS, 0);
    Atomics.store(words, STAYS, this.#stays ? 1 : 0);
    Atomics.store(words, WAITS_FOR, owner);
  }

  /** The waits from this one on, if they lead back to it. */
  #ring(): Sighting[] | undefined {
    const ring: Sighting[] = [];
    for (let id = this.#agent.id; ring.length < RING_MOST; ) {
      const seen = this.#sight(id);
      if (seen === undefined) return undefined;
      ring.push(seen.sighting);
      id = seen.waitsFor;
      if (id === this.#agent.id) return ring;
    }
    return undefined;
  }

  #sight(agent: number): { sighting: Sighting; waitsFor: number } | undefined {
    const words = this.#agent.wordsOf(agent);
    if (words === undefined) return undefined;
    const wait = Atomics.load(words, WAIT);
    const waitsFor = Atomics.load(words, WAITS_FOR);
    if (waitsFor === 0) return undefined;
    const text = Buffer.from(words.buffer, TITLE * 4, TITLE_BYTES);
    const sighting = {
      agent,
      pid: words[H_PID],
      threadId: words[THREAD],
      title: text.toString('latin1', 0, Math.max(0, text.indexOf(0))),
      wait,
      looks: Atomics.load(words, LOOKS),
      stays: Atomics.load(words, STAYS) !== 0,
    };
    keepOrder();
    return Atomics.load(words, WAIT) === wait ? { sighting, waitsFor } : undefined;
  }
}

function isSame(ring: readonly Sighting[], before: readonly Sighting[]): boolean {
  return (
    ring.length === before.length &&
    ring.every(({ agent, wait }, index) => agent === before[index].agent && wait === before[index].wait)
  );
}
