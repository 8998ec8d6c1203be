/** For how long a session works before the others have a turn. */
const TURN_MS = 2;

/** The time that a session has before the others get theirs. */
export class Turn {
  #began = 0;

  begin(): void {
    this.#began = performance.now();
  }

  get isOver(): boolean {
    return performance.now() - this.#began >= TURN_MS;
  }

  /** Lets the event loop turn, and begins anew. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.begin();
  }
}
