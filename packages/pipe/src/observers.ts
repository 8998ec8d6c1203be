/** What has asked to be told, once, when there is something to receive. */
export class Observers {
  readonly #observers = new Set<() => void>();
  readonly #changed: () => void;

  /** @param changed runs when one came or went */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get isEmpty(): boolean {
    return this.#observers.size === 0;
  }

  /** @returns how `run` is not told any more */
  add(run: () => void): () => void {
    this.#observers.add(run);
    this.#changed();
    return () => {
      this.#observers.delete(run);
      this.#changed();
    };
  }

  /** Tells all, which are then gone. */
  tell(): void {
    const observers = [...this.#observers];
    this.#observers.clear();
    for (const run of observers) run();
    this.#changed();
  }
}
