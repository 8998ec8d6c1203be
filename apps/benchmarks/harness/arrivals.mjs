/** Counts messages of a transport that pushes them at a listener. */
export class Arrivals {
  #count = 0;
  #wanted = Infinity;
  #resolve;

  /** The listener. */
  arrive = (message) => {
    this.#count += 1;
    if (this.#count >= this.#wanted) this.#deliver(message);
  };

  /** Resolves with the last one when `count` more have arrived. */
  take(count) {
    return new Promise((resolve) => {
      this.#wanted = count;
      this.#resolve = resolve;
      if (this.#count >= count) this.#deliver(undefined);
    });
  }

  #deliver(message) {
    this.#count -= this.#wanted;
    this.#wanted = Infinity;
    this.#resolve(message);
  }
}
