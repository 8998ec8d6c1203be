// When the page is drawn.

/** Drawing takes at most this part of the time: a slow machine draws less often. */
const MOST_OF_THE_TIME = 1 / 4;

/** Draws after an update, once for all that came since, and not while nobody can see it. */
export class Painter {
  /** What the last drawing took, in ms. */
  took = 0;
  #draw;
  #isDue = false;
  #notBefore = 0;

  /** @param {() => void} draw */
  constructor(draw) {
    this.#draw = draw;
  }

  request() {
    if (this.#isDue) return;
    this.#isDue = true;
    const wait = this.#notBefore - performance.now();
    if (wait > 0) setTimeout(() => requestAnimationFrame(() => this.#paint()), wait);
    else requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.#isDue = false;
    const since = performance.now();
    this.#draw();
    const now = performance.now();
    this.took = now - since;
    this.#notBefore = now + this.took * (1 / MOST_OF_THE_TIME - 1);
  }
}
