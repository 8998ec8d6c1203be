// What was, for the plots: samples of queues, and what workers did.

import { isQueue, ownTies } from './picture.js';

/**
 * @typedef {import('./picture.js').Picture} Picture
 *
 * @typedef {object} QueueHistory columns for a plot
 * @property {number[]} times seconds since 1970
 * @property {number[]} depths items that can be taken
 * @property {number[]} leased items that consumers have
 * @property {number[]} puts per second
 * @property {number[]} gets per second
 *
 * @typedef {'starting' | 'idle' | 'busy' | 'waiting' | 'dead'} LaneState
 *
 * @typedef {object} Span
 * @property {LaneState} state
 * @property {number} from
 * @property {number} to
 *
 * @typedef {object} Lane one worker of a pool
 * @property {string} file
 * @property {string} pool
 * @property {number | undefined} pid
 * @property {number} threadId
 * @property {number} created
 * @property {number} ended jobs that it has done
 * @property {boolean} isOver
 * @property {Span[]} spans
 */

/** How much is drawn. */
export const WINDOW_MS = 60_000;
const MOST_SAMPLES = 600;

export class History {
  /** @type {Map<string, QueueHistory>} */
  queues = new Map();
  /** @type {Map<string, Lane>} */
  lanes = new Map();

  /** @param {Picture} picture @param {ReadonlyMap<number, { isDeath: boolean }>} departures */
  see(picture, departures) {
    this.#sampleQueues(picture);
    this.#followWorkers(picture, departures);
  }

  /** @param {Picture} picture */
  #sampleQueues(picture) {
    for (const file of this.queues.keys()) if (!picture.objects.has(file)) this.queues.delete(file);
    for (const object of picture.objects.values()) {
      if (!isQueue(object)) continue;
      let history = this.queues.get(object.file);
      if (history === undefined) {
        history = { times: [], depths: [], leased: [], puts: [], gets: [] };
        this.queues.set(object.file, history);
      }
      const rates = picture.rates.get(object.file) ?? {};
      history.times.push(picture.at / 1000);
      history.depths.push(object.measures.depth ?? 0);
      history.leased.push(object.measures.leased ?? 0);
      history.puts.push(rates.puts ?? 0);
      history.gets.push(rates.gets ?? 0);
      const oldest = (picture.at - WINDOW_MS) / 1000;
      const { times } = history;
      // One sample before the window, so that its line comes from the edge.
      while (times.length > MOST_SAMPLES || (times.length > 2 && times[1] < oldest)) {
        for (const column of Object.values(history)) column.shift();
      }
    }
  }

  /** @param {Picture} picture @param {ReadonlyMap<number, { isDeath: boolean }>} departures */
  #followWorkers(picture, departures) {
    const { at } = picture;
    const present = new Set();
    for (const pool of picture.pools.values()) {
      for (const worker of pool.workers) {
        const { file, thread, created } = worker;
        present.add(file);
        let lane = this.lanes.get(file);
        // One that was dead before the page was opened has no past here.
        if (lane === undefined && worker.state === 'dead') continue;
        if (lane === undefined) {
          lane = {
            file,
            pool: pool.id,
            pid: undefined,
            threadId: 0,
            created,
            ended: 0,
            isOver: false,
            spans: [],
          };
          this.lanes.set(file, lane);
        }
        // A job that came and went between two looks.
        const wasBusy = worker.ended > lane.ended && lane.spans.length > 0;
        const state = worker.state === 'idle' && wasBusy ? 'busy' : stateOf(picture, worker);
        lane.pid = thread?.pid || lane.pid;
        lane.threadId = thread?.threadId ?? lane.threadId;
        lane.ended = worker.ended;
        extend(lane, state, at);
      }
    }
    for (const lane of this.lanes.values()) {
      if (!present.has(lane.file) && !lane.isOver) {
        lane.isOver = true;
        const isDeath = lane.pid !== undefined && departures.get(lane.pid)?.isDeath === true;
        if (isDeath && lane.spans.at(-1)?.state !== 'dead')
          lane.spans.push({ state: 'dead', from: at, to: at });
      }
      while (lane.spans.length > 0 && lane.spans[0].to < at - WINDOW_MS) lane.spans.shift();
      if (lane.spans.length === 0) this.lanes.delete(lane.file);
    }
  }
}

/** Whether a busy worker waits for something. @param {Picture} picture @param {import('../src/report.ts').PoolWorkerReport} worker @returns {LaneState} */
function stateOf(picture, { state, thread }) {
  if (state !== 'busy' || thread === undefined) return state;
  const waits = ownTies(picture, picture.processes.get(thread.pid)?.waits ?? []);
  const isWaiting = waits.some(({ agent }) => agent === thread.agent);
  return isWaiting ? 'waiting' : 'busy';
}

/** @param {Lane} lane @param {LaneState} state @param {number} at */
function extend(lane, state, at) {
  const last = lane.spans.at(-1);
  if (last === undefined) lane.spans.push({ state, from: at, to: at });
  else {
    // What was seen at one look lasts until the next.
    last.to = at;
    if (last.state !== state) lane.spans.push({ state, from: at, to: at });
  }
}
