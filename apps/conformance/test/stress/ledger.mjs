import { BODY, Segment } from '@mp/core/internal';

/** Peers at a time. */
export const PEERS = 8;
const WORDS_OF_PEER = 8;
const COMMON = 16;

/**
 * What the peers of a run write down, in a segment of its own: some words for all of them, and a few for each place,
 * which stay when the peer in that place is killed and another one follows.
 */
export class Ledger {
  #segment;

  constructor() {
    this.#segment = Segment.openNamed('ledger', { kind: 'value', version: 1, size: 4096 }).segment;
  }

  get words() {
    return this.#segment.words;
  }

  /** @param {number} word 1 to 15 @returns {number} its index */
  common(word) {
    return BODY + word;
  }

  /** @param {number} place @param {number} word 0 to 7; 7 counts turns */
  of(place, word) {
    return BODY + COMMON + place * WORDS_OF_PEER + word;
  }

  /** @param {number} word @returns {number} the sum over all places */
  sum(word) {
    let sum = 0;
    for (let place = 0; place < PEERS; place++) sum += Atomics.load(this.words, this.of(place, word));
    return sum;
  }

  get isStopped() {
    return Atomics.load(this.words, this.common(0)) !== 0;
  }

  stop() {
    Atomics.store(this.words, this.common(0), 1);
  }

  /** @param {number} place notes that its peer has gone on */
  count(place) {
    Atomics.add(this.words, this.of(place, TURNS), 1);
  }

  get turns() {
    return this.sum(TURNS);
  }

  end() {
    this.#segment.close();
    return Segment.removeNamed('ledger');
  }
}

const TURNS = 7;
