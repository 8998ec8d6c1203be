// What each worker of a pool did in the last minute.

import { byId, make, palette, setText } from './dom.js';
import { plural } from './format.js';
import { WINDOW_MS } from './history.js';

/**
 * @typedef {import('./history.js').Lane} Lane
 * @typedef {(name: string) => string} Colours
 */

const LANE = 24;
const BAR = 14;
const LABEL = 74;
const RIGHT = 12;
const AXIS = 20;
const MOST_LANES = 64;

const COLOURS = { starting: '--idle', idle: '--idle', busy: '--busy', waiting: '--waiting', dead: '--dead' };

export class TimelineView {
  #box = byId('timeline');
  #canvas = /** @type {HTMLCanvasElement} */ (this.#box.querySelector('canvas'));
  #empty = make('p', { class: 'empty' });

  constructor() {
    this.#box.append(this.#empty);
  }

  /** @param {import('./picture.js').Picture} picture @param {import('./search.js').Search} search @param {import('./history.js').History} history */
  draw(picture, search, history) {
    const lanes = [...history.lanes.values()]
      .filter(
        (lane) => search.isEmpty || search.words.every((word) => `${lane.pid} ${lane.pool}`.includes(word)),
      )
      .sort((a, b) => (a.pool === b.pool ? a.created - b.created : a.pool < b.pool ? -1 : 1));
    // Those that are over go first when there is no room.
    const shown =
      lanes.length <= MOST_LANES
        ? lanes
        : [...lanes].sort((a, b) => Number(a.isOver) - Number(b.isOver)).slice(0, MOST_LANES);
    const alive = lanes.filter(({ isOver, spans }) => !isOver && spans.at(-1)?.state !== 'dead');
    const busy = alive.filter(({ spans }) => ['busy', 'waiting'].includes(spans.at(-1)?.state ?? ''));
    const note = alive.length === 0 ? '' : `${plural(alive.length, 'worker')}, ${busy.length} busy`;
    const more = lanes.length - shown.length;
    setText(byId('timeline-note'), more > 0 ? `${note} · ${plural(more, 'more lane')}` : note);
    setText(
      this.#empty,
      lanes.length > 0 ? '' : search.isEmpty ? 'There is no pool.' : 'No worker fits the search.',
    );
    this.#canvas.hidden = lanes.length === 0;
    this.#canvas.setAttribute('aria-label', `The last minute of ${note}`);
    if (shown.length > 0) this.#paint(shown, picture.at);
  }

  /** @param {Lane[]} lanes @param {number} now */
  #paint(lanes, now) {
    const width = this.#box.clientWidth;
    const height = lanes.length * LANE + AXIS;
    const scale = devicePixelRatio || 1;
    const canvas = this.#canvas;
    const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
    if (canvas.width !== wide) canvas.width = wide;
    if (canvas.height !== high) canvas.height = high;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const style = getComputedStyle(document.body);
    pen.font = `12px ${style.fontFamily}`;
    pen.textBaseline = 'middle';
    const colour = palette();
    const room = width - LABEL - RIGHT;
    const at = (/** @type {number} */ time) => LABEL + Math.max(0, 1 - (now - time) / WINDOW_MS) * room;
    this.#paintAxis(pen, colour, height, (share) => LABEL + share * room);
    for (const [index, lane] of lanes.entries()) {
      this.#paintLane(pen, colour, lane, index * LANE + LANE / 2, { at, now });
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {Colours} colour @param {number} height @param {(share: number) => number} at */
  #paintAxis(pen, colour, height, at) {
    pen.fillStyle = colour('--muted');
    pen.strokeStyle = colour('--line');
    pen.lineWidth = 1;
    const seconds = WINDOW_MS / 1000;
    const labels = [`−${seconds} s`, `−${seconds / 2} s`, 'now'];
    labels.forEach((label, index) => {
      const x = at(index / 2);
      pen.textAlign = index === 0 ? 'left' : index === 2 ? 'right' : 'center';
      pen.fillText(label, x, height - AXIS / 2 + 2);
      pen.beginPath();
      pen.moveTo(x, 0);
      pen.lineTo(x, height - AXIS);
      pen.stroke();
    });
    pen.textAlign = 'left';
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Colours} colour
   * @param {Lane} lane
   * @param {number} y
   * @param {{ at: (time: number) => number, now: number }} axis
   */
  #paintLane(pen, colour, lane, y, { at, now }) {
    const isDead = lane.spans.at(-1)?.state === 'dead';
    pen.fillStyle = colour(isDead ? '--dead' : lane.isOver ? '--muted' : '--text');
    const thread = lane.threadId > 0 ? `/${lane.threadId}` : '';
    pen.fillText(lane.pid === undefined ? 'starts' : `${lane.pid}${thread}`, 10, y);
    for (const { state, from, to } of lane.spans) {
      if (to < now - WINDOW_MS) continue;
      const [x, end] = [at(from), at(to)];
      pen.fillStyle = colour(COLOURS[state]);
      const thickness = state === 'idle' || state === 'starting' ? 3 : BAR;
      if (state === 'dead') paintCross(pen, colour('--dead'), x, y);
      else pen.fillRect(x, y - thickness / 2, Math.max(1, end - x), thickness);
    }
  }
}

/** @param {CanvasRenderingContext2D} pen @param {string} colour @param {number} x @param {number} y */
function paintCross(pen, colour, x, y) {
  pen.strokeStyle = colour;
  pen.lineWidth = 2.5;
  pen.beginPath();
  for (const slope of [1, -1]) {
    pen.moveTo(x - 5, y - 5 * slope);
    pen.lineTo(x + 5, y + 5 * slope);
  }
  pen.stroke();
}
