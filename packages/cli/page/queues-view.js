// How queues fill and drain: one small plot for each.

import { byId, make, palette, reconcile, setText } from './dom.js';
import { bytes, count, plural, rate } from './format.js';
import { WINDOW_MS } from './history.js';
import { isQueue, titleOf } from './picture.js';
import uPlot from './uPlot.esm.js';

/**
 * @typedef {import('./picture.js').Picture} Picture
 * @typedef {import('./picture.js').ObjectReport} ObjectReport
 * @typedef {import('./history.js').History} History
 */

/** Plots at the same time. */
const MOST_PLOTS = 6;
const SECONDS = WINDOW_MS / 1000;

export class QueuesView {
  #box = byId('queues');
  #empty = make('p', { class: 'empty' });
  #cards = make('div', { class: 'cards' });
  /** `most` is the top of the plot. @type {Map<string, { plot: uPlot, area: HTMLElement, most: { value: number } }>} */
  #plots = new Map();
  /** Files of the queues that are drawn. They stay as long as they fit, so that nothing jumps. @type {string[]} */
  #shown = [];
  #inspector;

  /** @param {import('./inspector.js').Inspector} inspector */
  constructor(inspector) {
    this.#inspector = inspector;
    this.#box.append(this.#empty, this.#cards);
    // Colours of a plot are read when it is made.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#forgetPlots());
  }

  /** @param {Picture} picture @param {import('./search.js').Search} search @param {History} history */
  draw(picture, search, history) {
    const queues = [...picture.objects.values()].filter(
      (object) => isQueue(object) && search.findsObject(object),
    );
    const shown = this.#choose(queues, history);
    this.#cards.classList.toggle('few', shown.length <= 2);
    reconcile(
      this.#cards,
      shown,
      ({ file }) => file,
      (queue) => this.#make(queue),
      (element, queue) => this.#update(element, queue, picture, history),
    );
    for (const [file, { plot }] of this.#plots) {
      if (shown.some((queue) => queue.file === file)) continue;
      plot.destroy();
      this.#plots.delete(file);
    }
    const more = queues.length - shown.length;
    setText(
      byId('queues-note'),
      more > 0 ? `the ${shown.length} busiest of ${count(queues.length)}: search shows others` : '',
    );
    setText(
      this.#empty,
      queues.length > 0 ? '' : search.isEmpty ? 'There is no queue.' : 'No queue fits the search.',
    );
  }

  /** @param {ObjectReport[]} queues @param {History} history */
  #choose(queues, history) {
    const activity = (/** @type {ObjectReport} */ { file }) => {
      const { puts = [], gets = [] } = history.queues.get(file) ?? {};
      return [...puts, ...gets].reduce((sum, each) => sum + each, 0);
    };
    const found = new Map(queues.map((queue) => [queue.file, queue]));
    const stay = this.#shown.filter((file) => found.has(file));
    const others = queues.filter(({ file }) => !stay.includes(file));
    // With few there is nothing to choose.
    if (queues.length > MOST_PLOTS) others.sort((a, b) => activity(b) - activity(a));
    this.#shown = [...stay, ...others.map(({ file }) => file)].slice(0, MOST_PLOTS);
    return this.#shown.map((file) => /** @type {ObjectReport} */ (found.get(file)));
  }

  /** @param {ObjectReport} queue */
  #make({ file }) {
    const open = () => this.#inspector.open({ object: file });
    return make(
      'article',
      { class: 'card' },
      make('button', { type: 'button', class: 'title', onclick: open }),
      make('span', { class: 'depth' }),
      make('span', { class: 'flow' }),
      make('div', { class: 'plot', 'aria-hidden': 'true' }),
    );
  }

  /** @param {HTMLElement} element @param {ObjectReport} queue @param {Picture} picture @param {History} history */
  #update(element, queue, picture, history) {
    const [title, depth, flow, area] = /** @type {HTMLElement[]} */ ([...element.children]);
    const { measures, waiters, state, kind } = queue;
    const { puts = 0, gets = 0 } = picture.rates.get(queue.file) ?? {};
    const waiting = (/** @type {string} */ what) => waiters.filter((waiter) => waiter.for === what).length;
    setText(title, titleOf(queue));
    title.title = `${kind}, ${state}`;
    const limit = measures.maxSize ? ` of ${count(measures.maxSize)}` : '';
    const size = measures.bytes ? `, ${bytes(measures.bytes)}` : '';
    setText(depth, `${count(measures.depth ?? 0)}${limit}${size}`);
    const facts = [`in ${rate(puts)}`, `out ${rate(gets)}`];
    if (measures.leased) facts.push(`${count(measures.leased)} leased`);
    if (measures.letters) facts.push(plural(measures.letters, 'dead letter'));
    if (waiting('get') > 0) facts.push(`${waiting('get')} wait to get`);
    if (waiting('put') > 0) facts.push(`${waiting('put')} wait to put`);
    setText(flow, facts.join(' · '));
    this.#plot(area, queue, history);
  }

  /** @param {HTMLElement} area @param {ObjectReport} queue @param {History} history */
  #plot(area, { file, measures }, history) {
    const columns = history.queues.get(file);
    const { clientWidth: width, clientHeight: height } = area;
    if (columns === undefined || width === 0) return;
    let known = this.#plots.get(file);
    if (known !== undefined && known.area !== area) {
      known.plot.destroy();
      known = undefined;
    }
    const { times, depths, leased } = columns;
    if (known === undefined) {
      const most = { value: 1 };
      known = { plot: new uPlot(options(width, height, most), [times, depths, leased], area), area, most };
      this.#plots.set(file, known);
    }
    const highest = Math.max(1, ...depths, ...leased);
    const limit = measures.maxSize ?? 0;
    // The limit is the top, unless that would press everything flat.
    known.most.value = limit > 0 && highest > limit / 4 ? Math.max(limit, highest) : highest * 1.15;
    if (known.plot.width !== width || known.plot.height !== height) known.plot.setSize({ width, height });
    known.plot.setData([times, depths, leased]);
  }

  #forgetPlots() {
    for (const { plot } of this.#plots.values()) plot.destroy();
    this.#plots.clear();
  }
}

/** @param {number} width @param {number} height @param {{ value: number }} most the top of the plot @returns {uPlot.Options} */
function options(width, height, most) {
  const colour = palette();
  const [line, muted] = [colour('--line'), colour('--muted')];
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: muted, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [6, 16, 0, 0],
    scales: {
      x: { time: false, range: (_, __, last) => [last - SECONDS, last] },
      y: { range: () => [0, most.value] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        gap: 6,
        splits: (_, __, ___, last) => [-SECONDS, -SECONDS / 2, 0].map((back) => last + back),
        values: () => [`−${SECONDS} s`, `−${SECONDS / 2} s`, 'now'],
      },
      {
        ...axis,
        size: 42,
        gap: 4,
        splits: (_, __, ___, top) =>
          [0, Math.floor(top / 2), Math.floor(top)].filter((at, index, all) => all.indexOf(at) === index),
        values: (_, splits) => splits.map((split) => count(split)),
      },
    ],
    series: [
      {},
      { stroke: colour('--busy'), fill: colour('--busy-soft'), width: 1.5, points: { show: false } },
      { stroke: colour('--leased'), width: 1.5, points: { show: false } },
    ],
  };
}
