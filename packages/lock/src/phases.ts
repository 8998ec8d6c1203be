import {
  BODY,
  type Describer,
  description,
  type Parameter,
  rescuedIn,
  type Segment,
  type SegmentPlan,
  thisAgent,
  WaiterTable,
  waitersIn,
  waiterTableWords,
} from '@mp/core/internal';

/*
 * A barrier, without the waiting: each step answers at once.
 *
 *   PHASE     generation << 2 | FILLING, RUNNING or BROKEN
 *   PARTIES   how many have to come
 *   BROKEN_GENERATIONS   bit g % 32: generation g was broken, and reset
 *   the waiter table, then one slot of 8 bytes for each party: generation << 32 | agent
 *
 * | PHASE     | means                            | next                                                                |
 * | --------- | -------------------------------- | ------------------------------------------------------------------- |
 * | g FILLING | parties come: slot (g,0)→(g,me)  | one that finds all taken → g RUNNING; a leaver, abort() → g BROKEN  |
 * | g RUNNING | the winner of that store runs the action | the winner: slots → (g+1,0), then g+1 FILLING; else g BROKEN |
 * | g BROKEN  | all parties get the error        | reset(): slots → (g+1,0), then g+1 FILLING                          |
 *
 * A slot names its generation, so a late store can never count for another one. A party that waits looks now and then
 * whether a party of its generation has died: then it breaks the barrier, as a timeout does. The winner frees its own
 * slot last; if it dies after that, the action is done and the next that looks finishes for it. The bit of a generation is set
 * before reset() moves PHASE on, and cleared before the 32nd after it begins: a party that sleeps through a reset still learns
 * how its own generation ended.
 */
const PHASE = BODY;
const PARTIES = BODY + 1;
const BROKEN_GENERATIONS = BODY + 2;
const WAITER_TABLE = BODY + 16;
/** Threads that can stand in the table at once; more of them wait too, but look only now and then. */
const CAPACITY = 64;
const SLOTS = WAITER_TABLE + waiterTableWords(CAPACITY);

const FILLING = 0;
const RUNNING = 1;
const BROKEN = 2;
const STATES = 3;

const PARTIES_MOST = 10_000;

/** Layout of a barrier's segment. */
export const VERSION = 1;

/** @throws TypeError, RangeError when `parties` is none */
export function planOf(parties: number): SegmentPlan {
  if (typeof parties !== 'number') {
    throw new TypeError(`parties must be a number, not ${parties === null ? 'null' : `a ${typeof parties}`}`);
  }
  if (!Number.isInteger(parties) || parties < 1 || parties > PARTIES_MOST) {
    throw new RangeError(`parties must be a whole number from 1 to ${PARTIES_MOST}, not ${parties}`);
  }
  return {
    kind: 'barrier',
    version: VERSION,
    size: (SLOTS + parties * 2) * 4,
    fill: ({ words }) => {
      words[PARTIES] = parties;
    },
  };
}

/** What must agree with a barrier that exists. */
export function parametersOf(parties: number) {
  return ({ words }: Segment): Parameter[] => [{ name: 'parties', asked: parties, found: words[PARTIES] }];
}

/** How a barrier is described. */
export const describer: Describer = {
  version: VERSION,
  bytes: (SLOTS + PARTIES_MOST * 2) * 4,
  describe(look) {
    const { words } = look;
    const generation = words[PHASE] >>> 2;
    const state = ['filling', 'action runs', 'broken', 'damaged'][words[PHASE] & STATES];
    const parties = Math.min(Math.max(0, words[PARTIES]), PARTIES_MOST);
    const holders = Array.from({ length: parties }, (_, index) => SLOTS + index * 2)
      .filter((at) => words[at + 1] === generation && words[at] > 0)
      .map((at) => ({ agent: words[at], role: 'party', count: 1 }));
    return description(state, {
      holders,
      waiters: waitersIn(look, WAITER_TABLE, CAPACITY, 'the other parties'),
      measures: { parties, arrived: holders.length },
      counters: { generations: generation, rescued: rescuedIn(look, WAITER_TABLE) },
    });
  },
};

/** What one party has of a generation. */
export interface Place {
  readonly generation: number;
  /** 0 to parties−1. */
  readonly index: number;
}

/** What a party got that came. */
export interface Arrival {
  readonly place: Place;
  /** It was the last, and runs the action. */
  readonly acts: boolean;
}

/** How a generation stands for a party that waits in it. */
export type Outcome = 'passed' | 'broken' | 'full' | undefined;

/** The phases of one barrier. */
export class Phases {
  readonly waiters: WaiterTable;
  readonly parties: number;
  readonly #words: Int32Array;
  readonly #slots: BigInt64Array;

  constructor(segment: Segment) {
    this.#words = segment.words;
    this.parties = segment.words[PARTIES];
    this.#slots = new BigInt64Array(segment.buffer, SLOTS * 4, this.parties);
    this.waiters = new WaiterTable(segment.words, WAITER_TABLE, CAPACITY);
  }

  get isBroken(): boolean {
    return (this.#phase & STATES) === BROKEN;
  }

  /** How many have come and wait for the others. */
  get waiting(): number {
    const phase = this.#phase;
    return (phase & STATES) === FILLING ? this.#agentsOf(phase >>> 2).length : 0;
  }

  /**
   * Takes a place in the present generation; the last one to come gets the action with it. Meanwhile it counts as a
   * notifier: a periodic look that is faster with the action has not made up for a wake.
   *
   * @returns `'broken'`, or `undefined` = all places are taken now
   */
  enter(): Arrival | 'broken' | undefined {
    const phase = this.#phase;
    if ((phase & STATES) === BROKEN) return 'broken';
    const generation = phase >>> 2;
    const free = slot(generation, 0);
    const mine = slot(generation, thisAgent().id);
    for (let index = 0; index < this.parties; index++) {
      if (Atomics.load(this.#slots, index) !== free) continue;
      this.waiters.beginNotify();
      try {
        if (Atomics.compareExchange(this.#slots, index, free, mine) !== free) continue;
        const place = { generation, index };
        const acts = this.outcome(place, false) === 'full' && this.beginAction(place);
        return { place, acts };
      } finally {
        this.waiters.endNotify();
      }
    }
    return undefined;
  }

  /** How the generation of `place` stands. @param look whether to ask if all parties are alive */
  outcome(place: Place, look: boolean): Outcome {
    const { generation } = place;
    const phase = this.#phase;
    if (phase >>> 2 !== generation) return this.#wasBroken(generation) ? 'broken' : 'passed';
    const state = phase & STATES;
    if (state === BROKEN) return 'broken';
    const agents = this.#agentsOf(generation);
    if (look) {
      if (state === RUNNING && agents.length === 0) this.pass(place);
      else if (agents.some((id) => !thisAgent().isAlive(id))) this.breakUp(generation);
      return this.outcome(place, false);
    }
    return state === FILLING && agents.length === this.parties ? 'full' : undefined;
  }

  /** All have come: the party that gets `true` runs the action, and then {@link pass}es or {@link breakUp}s. */
  beginAction({ generation }: Place): boolean {
    return this.#swap((generation << 2) | FILLING, (generation << 2) | RUNNING);
  }

  /** The action is done: lets all parties go. @returns whether the barrier was not broken meanwhile */
  pass(place: Place): boolean {
    const running = (place.generation << 2) | RUNNING;
    this.waiters.publish(CAPACITY, () => this.#begin(running, place.index));
    return this.outcome(place, false) === 'passed';
  }

  /** Breaks a generation that has not passed. */
  breakUp(generation = this.#phase >>> 2): void {
    this.waiters.publish(CAPACITY, () => {
      for (
        let phase = this.#phase;
        phase >>> 2 === generation && (phase & STATES) !== BROKEN;
        phase = this.#phase
      ) {
        if (this.#swap(phase, (generation << 2) | BROKEN)) return;
      }
    });
  }

  /** Begins a new generation; the parties that wait in the present one get the error. */
  reset(): void {
    const phase = this.#phase;
    const generation = phase >>> 2;
    if ((phase & STATES) === FILLING && this.#agentsOf(generation).length === 0) return;
    this.breakUp(generation);
    this.waiters.publish(CAPACITY, () => this.#begin((generation << 2) | BROKEN));
  }

  /** Begins the generation after the one in `phase`. @param last the slot to free last */
  #begin(phase: number, last = 0): void {
    if (this.#phase !== phase) return;
    const generation = phase >>> 2;
    const next = generation + 1;
    for (let index = 0; index < this.parties; index++) if (index !== last) this.#free(index, next);
    this.#free(last, next);
    Atomics.and(this.#words, BROKEN_GENERATIONS, ~bit(next));
    if ((phase & STATES) === BROKEN) Atomics.or(this.#words, BROKEN_GENERATIONS, bit(generation));
    this.#swap(phase, (next << 2) | FILLING);
  }

  #free(index: number, next: number): void {
    const free = slot(next, 0);
    for (let found = Atomics.load(this.#slots, index); found < free; ) {
      const before = Atomics.compareExchange(this.#slots, index, found, free);
      if (before === found) return;
      found = before;
    }
  }

  /** The parties that have come in `generation`. */
  #agentsOf(generation: number): number[] {
    const agents: number[] = [];
    for (let index = 0; index < this.parties; index++) {
      const agent = this.#agentIn(index, generation);
      if (agent > 0) agents.push(agent);
    }
    return agents;
  }

  /** The agent at a place of `generation`: 0 = none, −1 = it is of another generation. */
  #agentIn(index: number, generation: number): number {
    const found = Atomics.load(this.#slots, index);
    return found >> 32n === BigInt(generation) ? Number(found & 0xffffffffn) : -1;
  }

  #wasBroken(generation: number): boolean {
    return (Atomics.load(this.#words, BROKEN_GENERATIONS) & bit(generation)) !== 0;
  }

  get #phase(): number {
    return Atomics.load(this.#words, PHASE);
  }

  #swap(from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, PHASE, from, to) === from;
  }
}

function slot(generation: number, agent: number): bigint {
  return (BigInt(generation) << 32n) | BigInt(agent);
}

function bit(generation: number): number {
  return 1 << (generation & 31);
}
