/** A worker gets so many jobs ahead as it does in this time, so that it never waits for the next. */
const AHEAD_US = 2_000;
const AHEAD_MOST = 64;

/** How fast jobs are, and so how many of them a worker may have at once. */
export class Pace {
  /** µs that a job takes, smoothed; unknown at first. */
  #usual = AHEAD_US;

  get ahead(): number {
    return Math.min(AHEAD_MOST, Math.max(1, Math.floor(AHEAD_US / Math.max(this.#usual, 1))));
  }

  /** A job took so many µs. */
  took(time: number): void {
    this.#usual += (time - this.#usual) / 8;
  }

  /** It was wrong: jobs waited behind a slow one. */
  forget(): void {
    this.#usual = AHEAD_US;
  }
}
