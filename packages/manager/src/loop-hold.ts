/** Any time will do. */
const LONG_MS = 1 << 30;

/** Keeps the event loop alive while it is on. */
export class LoopHold {
  #timer: NodeJS.Timeout | undefined;

  set(on: boolean): void {
    if (on) this.#timer ??= setInterval(() => {}, LONG_MS);
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
