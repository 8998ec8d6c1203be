/** A timer of Node takes no more. */
const LONG_MS = 2 ** 31 - 1;

/** Keeps the program alive, or not. */
export class Hold {
  #timer: NodeJS.Timeout | undefined;
  #isOn = false;

  set(on: boolean): void {
    if (on === this.#isOn) return;
    this.#isOn = on;
    this.#timer ??= setInterval(() => {}, LONG_MS);
    if (on) this.#timer.ref();
    else this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
