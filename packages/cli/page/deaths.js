// Processes that are there no more: what each left behind, and the present owner of that.

import { isAbandoned, nameOf, titleOf } from './picture.js';

/**
 * @typedef {import('./picture.js').Picture} Picture
 * @typedef {import('./picture.js').ProcessReport} ProcessReport
 * @typedef {import('./picture.js').Tie} Tie
 *
 * @typedef {object} Leaving
 * @property {Tie} tie what it had when it was last seen
 * @property {string} title of the object
 * @property {'left' | 'taken' | 'free' | 'gone'} fate who has it now: still the dead, another, nobody; or it went, too
 * @property {number[]} heirs pids that have it now
 *
 * @typedef {object} Departure
 * @property {ProcessReport} process as it was seen last
 * @property {string} name what it was called
 * @property {number} at when it was missed
 * @property {number} seen when it was seen last
 * @property {boolean} isDeath whether anything says that it did not end by itself
 * @property {string[]} signs what says so
 * @property {Leaving[]} leavings
 * @property {number | undefined} successor pid of the worker that has its place in the pool
 * @property {number} until when the page forgets it
 */

/** How long one stays on the page when everything about it has been told. */
const KEPT_MS = 10_000;
const ENDED_KEPT_MS = 3_000;
const MOST_KEPT = 200;

export class Deaths {
  /** Newest last. @type {Map<number, Departure>} */
  departures = new Map();
  /** These three as they were at the look before. @type {Map<number, ProcessReport>} */
  #processes = new Map();
  /** For each process the pool that it works for, and whether it was busy. @type {Map<number, { pool: string, isBusy: boolean }>} */
  #workers = new Map();
  /** @type {Map<string, import('./picture.js').ObjectReport>} */
  #objects = new Map();
  /** When that look was. */
  #seen = 0;

  /** Compares with the look before. @param {Picture} picture */
  see(picture) {
    for (const before of this.#processes.values()) {
      const now = picture.processes.get(before.pid);
      const isYounger =
        now?.started !== before.started && now?.started !== undefined && before.started !== undefined;
      if (before.alive && (now === undefined || !now.alive || isYounger)) this.#add(picture, before);
    }
    // Dead when the page was opened: only what it left is there.
    for (const process of picture.processes.values()) {
      if (isNamedDead(process) && !this.departures.has(process.pid)) this.#add(picture, process);
    }
    for (const departure of this.departures.values()) this.#follow(picture, departure);
    this.#remember(picture);
  }

  /** @param {Picture} picture @param {ProcessReport} process */
  #add(picture, process) {
    const now = picture.processes.get(process.pid);
    const isNamed = now !== undefined && isNamedDead(now);
    const holds = (isNamed && now.holds.length > 0 ? now.holds : process.holds).filter(({ file }) => {
      return (picture.objects.get(file) ?? this.#objects.get(file))?.inner !== true;
    });
    const signs = this.#signsOf(picture, process, isNamed);
    this.departures.delete(process.pid);
    this.departures.set(process.pid, {
      name: this.#workers.has(process.pid) ? 'pool worker' : nameOf(picture, process),
      process: { ...process, holds },
      at: picture.at,
      seen: this.#seen,
      isDeath: signs.length > 0,
      signs,
      leavings: holds.map((tie) => ({
        tie,
        title: this.#titleOf(picture, tie.file),
        fate: 'left',
        heirs: [],
      })),
      successor: undefined,
      until: picture.at + (signs.length > 0 ? KEPT_MS : ENDED_KEPT_MS),
    });
    const oldest = this.departures.keys().next().value;
    if (this.departures.size > MOST_KEPT && oldest !== undefined) this.departures.delete(oldest);
  }

  /**
   * What says that a process did not end by itself. One that held a lock at the last look may have let go and ended since.
   *
   * @param {Picture} picture
   * @param {ProcessReport} process as it was seen last
   * @param {boolean} isNamed whether something still names it
   */
  #signsOf(picture, process, isNamed) {
    const signs = [];
    const isHeld = process.holds.some(({ file, agent }) => {
      return picture.objects.get(file)?.holders.some((holder) => holder.agent === agent && !holder.alive);
    });
    if (isNamed || isHeld) signs.push('what it had is not let go');
    if (process.agents.some((agent) => picture.agents.get(agent)?.alive === false)) {
      signs.push('the file of its thread is still there');
    }
    const worker = this.#workers.get(process.pid);
    if (worker?.isBusy && picture.pools.has(worker.pool)) signs.push('it had a job when it was last seen');
    const isRescued = process.holds.some(({ file }) => {
      const before = this.#objects.get(file)?.counters.rescued;
      const after = picture.objects.get(file)?.counters.rescued;
      return before !== undefined && after !== undefined && after > before;
    });
    if (isRescued) signs.push('what it held was taken from it');
    return signs;
  }

  /** @param {Picture} picture @param {string} file */
  #titleOf(picture, file) {
    const object = picture.objects.get(file) ?? this.#objects.get(file);
    return object === undefined ? file : `${object.kind} ${titleOf(object)}`;
  }

  /** @param {Picture} picture @param {Departure} departure */
  #follow(picture, departure) {
    const { process, leavings } = departure;
    for (const leaving of leavings) {
      // The first heir is the answer: later ones have it from each other.
      if (leaving.fate === 'taken' || leaving.fate === 'gone') continue;
      const object = picture.objects.get(leaving.tie.file);
      const before = leaving.fate;
      if (object === undefined) leaving.fate = 'gone';
      else if (object.holders.some(({ agent }) => agent === leaving.tie.agent)) leaving.fate = 'left';
      else {
        leaving.heirs = [...new Set(object.holders.filter(({ alive }) => alive).map(({ pid }) => pid))];
        leaving.fate = leaving.heirs.length > 0 ? 'taken' : isAbandoned(object) ? 'left' : 'free';
      }
      if (departure.isDeath && (before !== leaving.fate || leaving.fate === 'left')) {
        departure.until = picture.at + KEPT_MS;
      }
    }
    departure.successor ??= this.#successorOf(picture, departure);
    if (picture.processes.get(process.pid)?.alive) this.departures.delete(process.pid);
    else if (picture.at > departure.until && !picture.processes.has(process.pid)) {
      this.departures.delete(process.pid);
    }
  }

  /** The first worker of its pool that began after its end. @param {Picture} picture @param {Departure} departure */
  #successorOf(picture, { process, seen }) {
    const place = this.#workers.get(process.pid);
    const pool = place && picture.pools.get(place.pool);
    const taken = new Set([...this.departures.values()].map(({ successor }) => successor));
    const fresh = pool?.workers.filter(({ thread, created }) => {
      return thread?.alive && created >= seen && !taken.has(thread.pid);
    });
    return fresh?.[0]?.thread?.pid;
  }

  /** @param {Picture} picture */
  #remember(picture) {
    this.#processes = new Map(picture.processes);
    for (const { id, workers } of picture.pools.values()) {
      for (const { thread, state } of workers) {
        if (thread !== undefined) this.#workers.set(thread.pid, { pool: id, isBusy: state === 'busy' });
      }
    }
    for (const pid of this.#workers.keys()) {
      if (!picture.processes.has(pid) && !this.departures.has(pid)) this.#workers.delete(pid);
    }
    this.#objects = new Map(picture.objects);
    this.#seen = picture.at;
  }
}

/** Whether it is dead and something still says that it takes part; the maker of an object may have gone in peace. @param {ProcessReport} process */
function isNamedDead({ alive, holds, waits, agents }) {
  return !alive && holds.length + waits.length + agents.length > 0;
}
