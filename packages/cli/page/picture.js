// What the page knows now: the last snapshot, put together from updates.

import { programOf } from './format.js';

/**
 * @typedef {import('../src/report.ts').ObjectReport} ObjectReport
 * @typedef {import('../src/report.ts').ProcessReport} ProcessReport
 * @typedef {import('../src/report.ts').AgentReport} AgentReport
 * @typedef {import('../src/report.ts').PoolReport} PoolReport
 * @typedef {import('../src/report.ts').LeftoverReport} LeftoverReport
 * @typedef {import('../src/report.ts').CycleReport} CycleReport
 * @typedef {import('../src/report.ts').Tie} Tie
 * @typedef {import('../src/web/changes.ts').Update} Update
 */

/** Roles in which nobody else gets the object, or that part of it, until it is let go. */
const OWNING = new Set(['owner', 'writer', 'reader', 'permit']);
const LOCKS = new Set(['Lock', 'RLock', 'RWLock', 'Semaphore', 'Condition', 'Event', 'Barrier']);

export class Picture {
  at = 0;
  took = 0;
  interval = 500;
  directory = '';
  exists = true;
  /** @type {string | undefined} */
  problem;
  /** @type {Map<string, ObjectReport>} */
  objects = new Map();
  /** @type {Map<number, ProcessReport>} */
  processes = new Map();
  /** @type {Map<number, AgentReport>} */
  agents = new Map();
  /** @type {Map<string, PoolReport>} */
  pools = new Map();
  /** @type {Map<string, LeftoverReport>} */
  leftovers = new Map();
  /** @type {CycleReport[]} */
  cycles = [];
  /** Per second, since the update before. @type {Map<string, Record<string, number>>} */
  rates = new Map();

  /** @param {Update} update */
  apply(update) {
    const seconds = (update.at - this.at) / 1000;
    this.#measureRates(update, seconds);
    const { at, took, interval, directory, exists, problem, cycles } = update;
    Object.assign(this, { at, took, interval, directory, exists, problem, cycles });
    const { whole } = update;
    merge(this.objects, update.objects, whole, ({ file }) => file);
    merge(this.processes, update.processes, whole, ({ pid }) => pid);
    merge(this.agents, update.agents, whole, ({ agent }) => agent);
    merge(this.pools, update.pools, whole, ({ id }) => id);
    merge(this.leftovers, update.leftovers, whole, ({ file }) => file);
  }

  /** Files of objects that take part in a cycle, and agents that do. */
  get inCycles() {
    const members = this.cycles.flatMap((cycle) => cycle.members);
    return {
      files: new Set(members.flatMap(({ file }) => (file === undefined ? [] : [file]))),
      agents: new Set(members.map(({ agent }) => agent)),
    };
  }

  /** @param {Update} update @param {number} seconds */
  #measureRates(update, seconds) {
    // What did not change did nothing.
    this.rates = new Map();
    if (seconds <= 0) return;
    for (const { file, counters } of update.objects.changed) {
      const before = this.objects.get(file)?.counters;
      if (before === undefined) continue;
      const entries = Object.entries(counters).map(([name, value]) => [
        name,
        Math.max(0, value - (before[name] ?? value)) / seconds,
      ]);
      this.rates.set(file, Object.fromEntries(entries));
    }
  }
}

/**
 * @template K, T
 * @param {Map<K, T>} known
 * @param {{ changed: T[], gone: (string | number)[] }} update
 * @param {boolean} whole
 * @param {(thing: T) => K} keyOf
 */
function merge(known, update, whole, keyOf) {
  if (whole) known.clear();
  for (const key of update.gone) known.delete(/** @type {K} */ (key));
  for (const thing of update.changed) known.set(keyOf(thing), thing);
}

/** What an object is called: the user's name, else the end of its file's. @param {{ file: string, name?: string }} object */
export function titleOf({ file, name }) {
  return name ?? `…${file.slice(-6)}`;
}

/** Whether it is about who may go on: a lock, or something that brings one along and is held or waited for. @param {ObjectReport} object */
export function isLockLike({ kind, holders, waiters }) {
  if (LOCKS.has(kind)) return true;
  return holders.some(({ role }) => OWNING.has(role)) || waiters.some((waiter) => waiter.for === 'acquire');
}

/** @param {ObjectReport} object */
export function isQueue({ kind }) {
  return kind.endsWith('Queue');
}

/** Whether a holder is dead: the next one that asks for the object recovers it. @param {ObjectReport} object */
export function isAbandoned({ holders, state }) {
  return state === 'abandoned' || holders.some(({ alive }) => !alive);
}

/** Ties to what a user's program made: the channel to a parent or a pool is nobody's business. @param {Picture} picture @param {Tie[]} ties */
export function ownTies(picture, ties) {
  return ties.filter(({ file }) => picture.objects.get(file)?.inner !== true);
}

/** What a process is called: its program, or what it is for. @param {Picture} picture @param {{ pid: number, command: string }} process */
export function nameOf(picture, { pid, command }) {
  for (const { workers } of picture.pools.values()) {
    if (workers.some(({ thread }) => thread?.pid === pid && thread.threadId === 0)) return 'pool worker';
  }
  return programOf(command) || 'a process';
}

/** A tie in words: `Lock jobs (owner)`, `Queue jobs (3 × lease)`. @param {Picture} picture @param {Tie} tie */
export function tieText(picture, { file, role, count }) {
  const object = picture.objects.get(file);
  const what = object === undefined ? `…${file.slice(-6)}` : `${object.kind} ${titleOf(object)}`;
  return count > 1 ? `${what} (${count} × ${role})` : `${what} (${role})`;
}
