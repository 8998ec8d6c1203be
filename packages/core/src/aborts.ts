import { singleton } from './thread-state.ts';

/**
 * The waits that one signal ends. A program gives its one shutdown signal to thousands of waits: with a listener for
 * each, Node warns of a leak at the eleventh, and removing one searches all the others.
 */
class Watch {
  readonly #signal: AbortSignal;
  /** In the order they came. An object for each, as one function may be given twice. */
  readonly #runs = new Set<{ readonly run: () => void }>();
  readonly #onAbort = () => this.#fire();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  add(run: () => void): () => void {
    const entry = { run };
    this.#runs.add(entry);
    return () => {
      if (this.#runs.delete(entry) && this.#runs.size === 0) this.#end();
    };
  }

  #fire(): void {
    watches().delete(this.#signal);
    // A wait that another one ends meanwhile leaves the set, and is not run.
    for (const entry of this.#runs) {
      this.#runs.delete(entry);
      entry.run();
    }
  }

  #end(): void {
    watches().delete(this.#signal);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

function watches(): WeakMap<AbortSignal, Watch> {
  return singleton('aborts', () => new WeakMap());
}

/**
 * Calls `run` when `signal` is aborted. All waits of this thread share one listener per signal; it goes with the last
 * of them, so that a signal that lives long keeps nothing of the waits that have ended.
 *
 * @param signal one that is not aborted yet
 * @param run ends the wait; it must not throw
 * @returns how to stop watching; safe to call again
 */
export function watchAbort(signal: AbortSignal, run: () => void): () => void {
  const known = watches().get(signal);
  if (known !== undefined) return known.add(run);
  const made = new Watch(signal);
  watches().set(signal, made);
  return made.add(run);
}
