/** Answers between two looks at the clock. */
const MASK = 63;
/** A task that awaits one answer after the other lets the event loop turn this often. */
const TURN_MS = 5;

let answers = 0;
let turned = 0;
let turn: Promise<void> | undefined;

/**
 * Asked by a call that could wait and has its answer at once. A task that awaits one of those after the other never
 * leaves the microtasks: timers, signals and sockets would have to wait until there is nothing more to receive.
 *
 * @returns `undefined`, or now and then what to await before the answer is given
 */
export function dueTurn(): Promise<void> | undefined {
  if (turn !== undefined || (++answers & MASK) !== 0) return turn;
  const now = performance.now();
  if (now - turned < TURN_MS) return undefined;
  turned = now;
  turn = new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      resolve();
    });
  });
  return turn;
}
