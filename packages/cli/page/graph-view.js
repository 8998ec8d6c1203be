// Draws the trees of graph.js: nodes are buttons, edges are lines below them.

import { byId, make, reconcile, setText } from './dom.js';
import { plural } from './format.js';
import { graphOf } from './graph.js';
import { isLockLike } from './picture.js';

/** @typedef {import('./graph.js').GraphNode} GraphNode */

const COLUMN = 216;
const ROW = 52;
const WIDTH = 172;
const HEIGHT = 42;
const MARGIN = 12;
const SVG = 'http://www.w3.org/2000/svg';

export class GraphView {
  #box = byId('graph');
  #lines = document.createElementNS(SVG, 'svg');
  #nodes = make('div', { class: 'nodes' });
  #empty = make('p', { class: 'empty' });
  /** What the lines show: they are drawn anew only when it changes. */
  #drawn = '';
  #inspector;

  /** @param {import('./inspector.js').Inspector} inspector */
  constructor(inspector) {
    this.#inspector = inspector;
    this.#lines.setAttribute('aria-hidden', 'true');
    this.#box.append(this.#lines, this.#nodes, this.#empty);
  }

  /** @param {import('./picture.js').Picture} picture @param {import('./search.js').Search} search */
  draw(picture, search) {
    const graph = graphOf(picture, (object) => search.findsObject(object));
    const width = graph.columns * COLUMN - (COLUMN - WIDTH) + 2 * MARGIN;
    const height = graph.rows * ROW + MARGIN;
    this.#nodes.style.width = `${width}px`;
    this.#nodes.style.height = `${graph.nodes.length === 0 ? 0 : height}px`;
    reconcile(
      this.#nodes,
      graph.nodes,
      ({ id }) => id,
      (node) => this.#make(node),
      (element, node) => {
        element.className = `node ${node.kind} ${node.state}`;
        element.style.transform = `translate(${left(node)}px, ${top(node)}px)`;
        setText(/** @type {Element} */ (element.firstElementChild), node.title);
        setText(/** @type {Element} */ (element.lastElementChild), node.detail);
        element.title = `${node.title}\n${node.detail}`;
      },
    );
    this.#drawLines(graph, width, height);
    const free = [...picture.objects.values()].filter((object) => {
      return isLockLike(object) && object.holders.length + object.waiters.length === 0;
    }).length;
    const notes = [];
    if (graph.hidden > 0) notes.push(`${plural(graph.hidden, 'more')} below: search narrows it down`);
    if (free > 0) notes.push(`${plural(free, 'lock is', 'locks are')} free`);
    setText(byId('graph-note'), notes.join(' · '));
    setText(
      this.#empty,
      graph.nodes.length > 0
        ? ''
        : search.isEmpty
          ? 'No lock is held, and nobody waits.'
          : 'Nothing that is held or waited for fits the search.',
    );
  }

  /** @param {GraphNode} node */
  #make({ kind, key }) {
    const open = () => {
      if (kind === 'object') this.#inspector.open({ object: String(key) });
      else if (kind === 'agent') this.#inspector.open({ pid: Number(key) });
    };
    return make('button', { type: 'button', onclick: open }, make('b'), make('span'));
  }

  /** @param {import('./graph.js').Graph} graph @param {number} width @param {number} height */
  #drawLines({ nodes, edges }, width, height) {
    const places = new Map(nodes.map((node) => [node.id, node]));
    const lines = edges.map(({ from, to, kind, isInCycle, isBack }) => {
      const [a, b] = [places.get(from), places.get(to)];
      if (a === undefined || b === undefined) return { path: '', style: '' };
      return { path: isBack ? backPath(a, b) : path(a, b), style: isInCycle ? `${kind} ring` : kind };
    });
    const drawn = JSON.stringify([width, height, lines]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#lines.setAttribute('width', `${width}`);
    this.#lines.setAttribute('height', `${height}`);
    this.#lines.replaceChildren(
      ...lines.map((line) => {
        const element = document.createElementNS(SVG, 'path');
        element.setAttribute('d', line.path);
        element.setAttribute('class', line.style);
        return element;
      }),
    );
  }
}

/** @param {GraphNode} node */
function left({ x }) {
  return MARGIN + x * COLUMN;
}

/** @param {GraphNode} node */
function top({ y }) {
  return MARGIN / 2 + y * ROW;
}

/** From the right side of one node to the left side of another. @param {GraphNode} a @param {GraphNode} b */
function path(a, b) {
  const [x1, y1] = [left(a) + WIDTH, top(a) + HEIGHT / 2];
  const [x2, y2] = [left(b), top(b) + HEIGHT / 2];
  const middle = x2 - (COLUMN - WIDTH) / 2;
  return `M${x1} ${y1}H${middle - 10}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

/** Back, below the row. @param {GraphNode} a @param {GraphNode} b */
function backPath(a, b) {
  const [x1, y1] = [left(a) + WIDTH / 2, top(a) + HEIGHT];
  const [x2, y2] = [left(b) + WIDTH / 2, top(b) + HEIGHT];
  const low = Math.max(y1, y2) + 9;
  return `M${x1} ${y1}C${x1} ${low} ${x1} ${low} ${x1 - 12} ${low}H${x2 + 12}C${x2} ${low} ${x2} ${low} ${x2} ${y2}`;
}
