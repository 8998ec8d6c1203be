/** A random number generator whose decisions can be had again. */
export class Random {
  #state;

  /** @param {...number} seeds all of them count, in their order */
  constructor(...seeds) {
    this.#state = 0x9e3779b9;
    for (const seed of seeds) {
      this.#state = Math.imul(this.#state ^ seed, 0x85ebca6b) >>> 0;
      this.next();
    }
  }

  /** @returns {number} from 0 to below 1 */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** @param {number} below @returns {number} a whole number from 0 */
  below(below) {
    return Math.floor(this.next() * below);
  }

  /** @template T @param {readonly T[]} from @returns {T} */
  pick(from) {
    return from[this.below(from.length)];
  }

  /** @param {number} share @returns {boolean} true in that share of the cases */
  chance(share) {
    return this.next() < share;
  }
}
