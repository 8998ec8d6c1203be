// Who waits for whom, as trees that grow to the right: holder → lock → waiters, and what those hold in turn.

import { isAbandoned, isLockLike, nameOf, titleOf } from './picture.js';

/**
 * @typedef {import('./picture.js').Picture} Picture
 *
 * @typedef {object} GraphNode
 * @property {string} id
 * @property {'agent' | 'object' | 'more'} kind
 * @property {number | string | undefined} key pid, file, or nothing
 * @property {string} title
 * @property {string} detail
 * @property {'plain' | 'held' | 'waiting' | 'dead' | 'cycle'} state
 * @property {number} x column, from 0
 * @property {number} y row, from 0; a node stands in the middle of those at its right, so it may be between two rows
 *
 * @typedef {object} GraphEdge
 * @property {string} from id of the node at its left
 * @property {string} to
 * @property {'holds' | 'waits'} kind of the tie: a holder has the object, a waiter wants it
 * @property {boolean} isInCycle
 * @property {boolean} isBack whether it goes to a node that has its place in another branch
 *
 * @typedef {object} Graph
 * @property {GraphNode[]} nodes
 * @property {GraphEdge[]} edges
 * @property {number} columns
 * @property {number} rows
 * @property {number} hidden objects for which there was no room
 */

/** Children of one node that are drawn; the others are one node that counts them. */
const MOST_CHILDREN = 8;
const MOST_NODES = 120;

/**
 * @param {Picture} picture
 * @param {(object: import('./picture.js').ObjectReport) => boolean} isWanted whether a tree with this object is drawn
 * @returns {Graph}
 */
export function graphOf(picture, isWanted) {
  const ties = new Ties(picture);
  const wanted = new Set([...picture.objects.values()].filter(isWanted).map(({ file }) => `o${file}`));
  const trees = ties.trees().filter((tree) => tree.some((id) => wanted.has(id)));
  const plan = new Plan(ties);
  let hidden = 0;
  for (const tree of trees) {
    if (plan.nodes.size >= MOST_NODES) hidden += tree.filter((id) => id.startsWith('o')).length;
    else plan.add(tree);
  }
  return { ...plan.drawn(), hidden };
}

/** What is tied to what, both ways. */
class Ties {
  /** @type {Map<string, Omit<GraphNode, 'x' | 'y'>>} */
  nodes = new Map();
  /** From each node to those at its right. @type {Map<string, { to: string, kind: 'holds' | 'waits' }[]>} */
  out = new Map();
  /** @type {Map<string, string[]>} */
  into = new Map();
  /** @type {Set<string>} */
  inCycle = new Set();

  /** @param {Picture} picture */
  constructor(picture) {
    const { files, agents } = picture.inCycles;
    for (const object of picture.objects.values()) {
      const { file, kind, holders, waiters, state } = object;
      if (!isLockLike(object) || holders.length + waiters.length === 0) continue;
      const id = `o${file}`;
      const isDead = isAbandoned(object);
      const nodeState = files.has(file) ? 'cycle' : isDead ? 'dead' : holders.length > 0 ? 'held' : 'plain';
      const detail = waiters.length > 0 ? `${kind}, ${state}, ${waiters.length} wait` : `${kind}, ${state}`;
      this.nodes.set(id, { id, kind: 'object', key: file, title: titleOf(object), detail, state: nodeState });
      if (files.has(file)) this.inCycle.add(id);
      for (const holder of holders) this.#tie(this.#agent(picture, holder, agents), id, 'holds');
      for (const waiter of waiters) this.#tie(id, this.#agent(picture, waiter, agents), 'waits');
    }
    for (const id of this.nodes.keys()) {
      if (!id.startsWith('a')) continue;
      const node = /** @type {GraphNode} */ (this.nodes.get(id));
      if (node.state === 'plain' && this.into.has(id)) node.state = 'waiting';
    }
  }

  /** @param {Picture} picture @param {import('../src/report.ts').ThreadReport} thread @param {Set<number>} agentsInCycles */
  #agent(picture, { agent, pid, threadId, alive }, agentsInCycles) {
    const id = `a${agent}`;
    if (this.nodes.has(id)) return id;
    const isInCycle = agentsInCycles.has(agent);
    const state = !alive ? 'dead' : isInCycle ? 'cycle' : 'plain';
    const command = picture.processes.get(pid)?.command ?? '';
    const thread = threadId === 0 ? '' : `, thread ${threadId}`;
    const detail = pid === 0 ? `agent ${agent}` : `pid ${pid}${thread}${alive ? '' : ', dead'}`;
    this.nodes.set(id, {
      id,
      kind: 'agent',
      key: pid,
      title: nameOf(picture, { pid, command }),
      detail,
      state,
    });
    if (isInCycle) this.inCycle.add(id);
    return id;
  }

  /** @param {string} from @param {string} to @param {'holds' | 'waits'} kind */
  #tie(from, to, kind) {
    const out = this.out.get(from) ?? [];
    if (out.some((edge) => edge.to === to)) return;
    this.out.set(from, [...out, { to, kind }]);
    this.into.set(to, [...(this.into.get(to) ?? []), from]);
  }

  /** The ids of each tree. Those in trouble come first, then those for which most wait. */
  trees() {
    /** @type {Set<string>} */
    const done = new Set();
    /** @type {string[][]} */
    const trees = [];
    for (const id of this.nodes.keys()) {
      if (done.has(id)) continue;
      const tree = [id];
      done.add(id);
      for (let index = 0; index < tree.length; index++) {
        const near = [
          ...(this.out.get(tree[index]) ?? []).map(({ to }) => to),
          ...(this.into.get(tree[index]) ?? []),
        ];
        for (const next of near) {
          if (done.has(next)) continue;
          done.add(next);
          tree.push(next);
        }
      }
      trees.push(tree);
    }
    return trees
      .map((tree) => ({ tree, weight: this.#weightOf(tree) }))
      .sort((a, b) => b.weight - a.weight)
      .map(({ tree }) => tree);
  }

  /** @param {string[]} tree */
  #weightOf(tree) {
    const states = tree.map((id) => this.nodes.get(id)?.state);
    const trouble = states.includes('cycle') ? 2_000_000 : states.includes('dead') ? 1_000_000 : 0;
    return trouble + tree.filter((id) => id.startsWith('a') && this.into.has(id)).length;
  }
}

/** Gives each node its place. */
class Plan {
  /** @type {Map<string, GraphNode>} */
  nodes = new Map();
  /** @type {GraphEdge[]} */
  edges = [];
  #ties;
  #rows = 0;
  #columns = 0;

  /** @param {Ties} ties */
  constructor(ties) {
    this.#ties = ties;
  }

  /** @param {string[]} tree */
  add(tree) {
    const { into, inCycle } = this.#ties;
    const roots = tree.filter((id) => !into.has(id));
    /** @type {Set<string>} */
    const reached = new Set();
    // In a ring nobody is the first: one of it is taken.
    for (const id of [
      ...roots,
      ...tree.filter((each) => inCycle.has(each) && each.startsWith('a')),
      ...tree,
    ]) {
      if (reached.has(id)) continue;
      if (!this.nodes.has(id)) this.#place(id, 0);
      this.#connect(id);
      this.#reach(id, reached);
    }
    this.#rows += 0.5;
  }

  drawn() {
    return {
      nodes: [...this.nodes.values()],
      edges: this.edges,
      columns: this.#columns + 1,
      rows: Math.max(0, this.#rows - 0.5),
    };
  }

  /** @param {string} id @param {number} column */
  #place(id, column) {
    const known = /** @type {Omit<GraphNode, 'x' | 'y'>} */ (this.#ties.nodes.get(id));
    /** @type {GraphNode} */
    const node = { ...known, x: column, y: this.#rows };
    this.nodes.set(id, node);
    this.#columns = Math.max(this.#columns, column);
    const fresh = this.#childrenOf(id).filter(({ to }) => !this.nodes.has(to));
    /** @type {GraphNode[]} */
    const placed = [];
    for (const { to } of fresh.slice(0, MOST_CHILDREN)) {
      if (this.nodes.has(to)) continue;
      this.#place(to, column + 1);
      placed.push(/** @type {GraphNode} */ (this.nodes.get(to)));
    }
    const more = fresh.length - MOST_CHILDREN;
    if (more > 0) placed.push(this.#placeMore(node, more));
    if (placed.length === 0) this.#rows++;
    else node.y = (placed[0].y + /** @type {GraphNode} */ (placed.at(-1)).y) / 2;
  }

  /** What is in trouble or waited for comes before what is merely held. @param {string} id */
  #childrenOf(id) {
    const { out, nodes } = this.#ties;
    const weigh = (/** @type {string} */ each) =>
      (nodes.get(each)?.state === 'cycle' ? 1e6 : 0) + (out.get(each)?.length ?? 0);
    return [...(out.get(id) ?? [])].sort((a, b) => weigh(b.to) - weigh(a.to));
  }

  /** @param {GraphNode} parent @param {number} count @returns {GraphNode} */
  #placeMore(parent, count) {
    const what = parent.kind === 'agent' ? 'more that it holds' : 'more that wait';
    const id = `m${parent.id}`;
    /** @type {GraphNode} */
    const node = {
      id,
      kind: 'more',
      key: undefined,
      title: `+${count}`,
      detail: what,
      state: 'plain',
      x: parent.x + 1,
      y: this.#rows++,
    };
    this.nodes.set(id, node);
    this.#columns = Math.max(this.#columns, node.x);
    const kind = parent.kind === 'agent' ? 'holds' : 'waits';
    this.edges.push({ from: parent.id, to: id, kind, isInCycle: false, isBack: false });
    return node;
  }

  /** Draws the edges from a node to all at its right, and theirs. @param {string} start */
  #connect(start) {
    const ahead = [start];
    const { inCycle, out } = this.#ties;
    for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
      const from = /** @type {GraphNode} */ (this.nodes.get(id));
      for (const { to, kind } of out.get(id) ?? []) {
        const target = this.nodes.get(to);
        if (target === undefined || this.#isDrawn(id, to)) continue;
        const isInCycle = inCycle.has(id) && inCycle.has(to);
        this.edges.push({ from: id, to, kind, isInCycle, isBack: target.x <= from.x });
        ahead.push(to);
      }
    }
  }

  /** Adds all at the right of a node, also those for which there was no room. @param {string} start @param {Set<string>} reached */
  #reach(start, reached) {
    const ahead = [start];
    for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
      if (reached.has(id)) continue;
      reached.add(id);
      for (const { to } of this.#ties.out.get(id) ?? []) ahead.push(to);
    }
  }

  /** @param {string} from @param {string} to */
  #isDrawn(from, to) {
    return this.edges.some((edge) => edge.from === from && edge.to === to);
  }
}
