interface Alarm {
  readonly at: number;
  readonly ring: () => void;
  readonly timer: NodeJS.Timeout;
}

/** The time that the first job of a worker has: to run, and then to stop. */
export class JobClock {
  #alarm: Alarm | undefined;

  /** Calls `ring` after so many ms, instead of what it was to call before. */
  set(ms: number, ring: () => void): void {
    this.stop();
    this.#alarm = { at: performance.now() + ms, ring, timer: setTimeout(ring, ms) };
  }

  stop(): void {
    if (this.#alarm === undefined) return;
    clearTimeout(this.#alarm.timer);
    this.#alarm = undefined;
  }

  /** Rings if it is time, for a thread that blocks, where no timer runs. */
  look(): void {
    if (this.#alarm !== undefined && performance.now() >= this.#alarm.at) {
      const { ring } = this.#alarm;
      this.stop();
      ring();
    }
  }
}
