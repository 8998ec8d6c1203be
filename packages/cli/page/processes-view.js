// The processes as a tree, the dead among them for a while.

import { byId, make, setText } from './dom.js';
import { bytes, count, plural } from './format.js';
import { nameOf, ownTies, tieText } from './picture.js';
import { VirtualList } from './virtual-list.js';

/**
 * @typedef {import('./picture.js').Picture} Picture
 * @typedef {import('./picture.js').ProcessReport} ProcessReport
 * @typedef {import('./deaths.js').Departure} Departure
 *
 * @typedef {object} Row
 * @property {ProcessReport} process
 * @property {Departure | undefined} departure
 * @property {number} depth how many of its parents are in the list
 */

export class ProcessesView {
  #list;
  /** @type {Picture | undefined} */
  #picture;

  /** @param {import('./inspector.js').Inspector} inspector */
  constructor(inspector) {
    this.#list = new VirtualList(byId('processes'), {
      keyOf: (/** @type {Row} */ { process }) => `${process.pid}`,
      create: () => {
        const parts = ['dot', 'title', 'facts', 'ties'].map((name) => make('span', { class: name }));
        return make('div', {}, ...parts);
      },
      update: (element, row) => this.#update(element, row),
      open: ({ process }) => inspector.open({ pid: process.pid }),
    });
  }

  /** @param {Picture} picture @param {import('./search.js').Search} search @param {ReadonlyMap<number, Departure>} departures */
  draw(picture, search, departures) {
    this.#picture = picture;
    const rows = treeOf(picture, departures).filter(({ process }) => search.findsProcess(picture, process));
    this.#list.items = rows;
    const alive = rows.filter(({ process }) => process.alive).length;
    setText(byId('processes-note'), alive === 0 ? 'none is alive' : `${count(alive)} alive`);
  }

  /** @param {HTMLElement} element @param {Row} row */
  #update(element, { process, departure, depth }) {
    const picture = /** @type {Picture} */ (this.#picture);
    const [dot, title, facts, ties] = /** @type {HTMLElement[]} */ ([...element.children]);
    const { pid, command, agents, memory, state, holds, waits } = process;
    const look = departure?.isDeath ? 'dead' : process.alive ? state.replaceAll(' ', '-') : 'ended';
    element.className = `row process ${look}`;
    element.title = command;
    element.style.setProperty('--depth', `${Math.min(depth, 4)}`);
    setText(dot, '');
    setText(title, `${departure?.name ?? nameOf(picture, process)} `);
    const said = departure?.isDeath ? 'dead' : process.alive ? state : 'ended';
    const more = [`pid ${pid}`, said];
    if (agents.length > 1) more.push(plural(agents.length, 'thread'));
    if (memory !== undefined && process.alive) more.push(bytes(memory));
    setText(facts, more.join(' · '));
    setText(
      ties,
      departure?.isDeath ? '' : tiesText(picture, ownTies(picture, holds), ownTies(picture, waits)),
    );
  }
}

/** @param {Picture} picture @param {import('./picture.js').Tie[]} holds @param {import('./picture.js').Tie[]} waits */
function tiesText(picture, holds, waits) {
  const texts = [];
  if (holds.length > 0) texts.push(`has ${tieText(picture, holds[0])}${rest(holds)}`);
  if (waits.length > 0) texts.push(`waits for ${tieText(picture, waits[0])}${rest(waits)}`);
  return texts.join(' · ');
}

/** @param {readonly unknown[]} list */
function rest(list) {
  return list.length > 1 ? ` and ${count(list.length - 1)} more` : '';
}

/** Children behind their parents, in the order in which they began. @param {Picture} picture @param {ReadonlyMap<number, Departure>} departures @returns {Row[]} */
function treeOf(picture, departures) {
  /** @type {Map<number, ProcessReport>} */
  const all = new Map(
    [...departures.values()].map(({ process }) => [process.pid, { ...process, alive: false }]),
  );
  for (const process of picture.processes.values()) {
    if (process.alive) all.set(process.pid, process);
  }
  /** @type {Map<number, ProcessReport[]>} */
  const children = new Map();
  for (const process of all.values()) {
    const parent = all.has(process.parent) ? process.parent : 0;
    children.set(parent, [...(children.get(parent) ?? []), process]);
  }
  /** @type {Row[]} */
  const rows = [];
  const add = (/** @type {number} */ parent, /** @type {number} */ depth) => {
    const sorted = (children.get(parent) ?? []).sort(
      (a, b) => (a.started ?? 0) - (b.started ?? 0) || a.pid - b.pid,
    );
    for (const process of sorted) {
      rows.push({ process, departure: departures.get(process.pid), depth });
      if (process.pid !== parent) add(process.pid, depth + 1);
    }
  };
  add(0, 0);
  return rows;
}
