// The numbers at the top.

import { byId, make, reconcile, setText } from './dom.js';
import { count, duration } from './format.js';
import { isAbandoned } from './picture.js';

/**
 * @typedef {object} Fact
 * @property {string} key
 * @property {string} label
 * @property {string} value
 * @property {boolean} [isBad]
 */

/** @param {import('./picture.js').Picture} picture @param {number} dead processes that died while the page was open */
export function drawSummary(picture, dead) {
  const objects = [...picture.objects.values()].filter(({ inner }) => !inner);
  const waiters = objects.reduce((sum, object) => sum + object.waiters.length, 0);
  const held = objects.filter(({ holders }) => holders.length > 0).length;
  const abandoned = objects.filter(isAbandoned).length;
  const alive = [...picture.processes.values()].filter((process) => process.alive).length;
  const cycles = picture.cycles.length;
  /** @type {Fact[]} */
  const facts = [
    { key: 'processes', label: alive === 1 ? 'process' : 'processes', value: count(alive) },
    { key: 'objects', label: objects.length === 1 ? 'object' : 'objects', value: count(objects.length) },
    { key: 'held', label: 'held', value: count(held) },
    { key: 'waiters', label: waiters === 1 ? 'waiter' : 'waiters', value: count(waiters) },
    { key: 'cycles', label: cycles === 1 ? 'cycle' : 'cycles', value: count(cycles), isBad: cycles > 0 },
    { key: 'dead', label: 'dead', value: count(dead), isBad: dead > 0 },
    { key: 'abandoned', label: 'abandoned', value: count(abandoned), isBad: abandoned > 0 },
    { key: 'look', label: 'a look takes', value: duration(picture.took) },
  ];
  reconcile(
    byId('summary'),
    facts,
    ({ key }) => key,
    () => make('li', {}, make('b'), ' ', make('span')),
    (element, { label, value, isBad = false }) => {
      setText(/** @type {Element} */ (element.firstElementChild), value);
      setText(/** @type {Element} */ (element.lastElementChild), label);
      element.classList.toggle('bad', isBad);
    },
  );
  setText(byId('directory'), picture.directory);
}
