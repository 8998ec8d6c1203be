import type { Model } from '@mp/testing/model';

/** Items of each producer: 1 to 15. Producer 0 is the world itself, which puts before all begins. */
const ITEMS = 16;
const PRODUCERS = 4;
const ALL = ITEMS * PRODUCERS;

/** Parts of the notes: for each item what became of it, … */
const FATE = 0;
const OFFERED = 1;
const PUT = 2;
const LEASED = 4;
const DONE = 8;
/** … and which agent has leased it; for each agent the newest item that it got of each producer. */
const HOLDER = FATE + ALL;
const NEWEST = HOLDER + ALL;
/** … and whether it leases, so that its items come back when it is killed. */
const LEASES = NEWEST + PRODUCERS * PRODUCERS;
const NOTES = LEASES + PRODUCERS;

/** Agents that look at the end, and not earlier. */
export const OUTSIDER = 3;

/** What became of each item: says so when one is lost, delivered twice, or delivered out of order. */
export class Ledger {
  readonly #model: Model;
  readonly #notes: { [index: number]: number };

  constructor(model: Model) {
    this.#model = model;
    this.#notes = model.notes(NOTES);
  }

  /** A put of an item begins. @param number from 1 @returns the item */
  offer(producer: number, number: number): number {
    const item = producer * ITEMS + number;
    this.#notes[FATE + item] = OFFERED;
    return item;
  }

  /** Its put has returned. */
  isPut(item: number): void {
    this.#notes[FATE + item] |= PUT;
  }

  /** A get has returned it. */
  got(agent: number, item: number): void {
    this.#deliver(agent, item);
    this.#notes[FATE + item] |= DONE;
    if (this.#is(item, LEASED) || this.#cameBack()) return;
    const newest = NEWEST + agent * PRODUCERS + Math.floor(item / ITEMS);
    if (item <= this.#notes[newest]) this.#model.fail(`item ${item} came after item ${this.#notes[newest]}`);
    this.#notes[newest] = item;
  }

  /** An agent is about to lease one. */
  leases(agent: number): void {
    this.#notes[LEASES + agent] = 1;
  }

  /** A lease has returned it. */
  leased(agent: number, item: number): void {
    this.#deliver(agent, item);
    this.#notes[FATE + item] |= LEASED;
    this.#notes[HOLDER + item] = agent + 1;
  }

  /** Its lease is about to be given back: from now on others may have it. */
  givesBack(item: number): void {
    this.#notes[HOLDER + item] = 0;
  }

  /** Its lease was acknowledged. */
  acknowledged(item: number): void {
    this.#notes[FATE + item] |= DONE;
  }

  /** At the end, when nothing is left in the queue. @param lost how many items the dead may have taken along */
  end(lost: number): void {
    let missing = 0;
    for (let item = 0; item < ALL; item++) {
      if (!this.#is(item, PUT) || this.#is(item, DONE)) continue;
      const holder = this.#notes[HOLDER + item];
      // Its holder died when it had acknowledged it, and had not said so yet.
      if (holder === 0 || !this.#model.isKilled(holder - 1)) missing++;
    }
    if (missing > lost) this.#model.fail(`${missing} items are lost`);
  }

  #is(item: number, fate: number): boolean {
    return (this.#notes[FATE + item] & fate) !== 0;
  }

  /** Whether an item may have come back, and so late, of which no agent knows that it was leased. */
  #cameBack(): boolean {
    for (let agent = 0; agent < PRODUCERS; agent++)
      if (this.#notes[LEASES + agent] !== 0 && this.#model.isKilled(agent)) return true;
    return false;
  }

  #deliver(agent: number, item: number): void {
    if (!this.#is(item, OFFERED)) this.#model.fail(`item ${item} was never put`);
    if (this.#is(item, DONE)) this.#model.fail(`item ${item} was delivered twice`);
    const holder = this.#notes[HOLDER + item];
    if (holder !== 0 && !this.#model.isKilled(holder - 1))
      this.#model.fail(`item ${item} was delivered to agent ${agent} while agent ${holder - 1} has it`);
  }
}
