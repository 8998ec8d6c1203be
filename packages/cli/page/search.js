// Which things the words in the search box mean.

import { titleOf } from './picture.js';

/** @typedef {import('./picture.js').Picture} Picture */

export class Search {
  /** @type {string[]} */
  words = [];

  /** @param {string} text */
  set text(text) {
    this.words = text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
  }

  get isEmpty() {
    return this.words.length === 0;
  }

  /** Whether every word is somewhere in the texts. @param {(string | number)[]} texts */
  #finds(texts) {
    if (this.isEmpty) return true;
    const all = texts.join(' ').toLowerCase();
    return this.words.every((word) => all.includes(word));
  }

  /** @param {import('./picture.js').ObjectReport} object */
  findsObject(object) {
    const { file, kind, state, users, holders, waiters, creator } = object;
    const pids = [...users, ...holders.map(({ pid }) => pid), ...waiters.map(({ pid }) => pid)];
    return this.#finds([titleOf(object), file, kind, state, creator.pid, creator.command ?? '', ...pids]);
  }

  /** @param {Picture} picture @param {{ pid: number, command: string, state: string, holds: { file: string }[], waits: { file: string }[] }} process */
  findsProcess(picture, { pid, command, state, holds, waits }) {
    if (this.isEmpty) return true;
    const objects = [...holds, ...waits].flatMap(({ file }) => {
      const object = picture.objects.get(file);
      return object === undefined ? [] : [titleOf(object), object.kind];
    });
    return this.#finds([pid, command, state, ...objects]);
  }
}
