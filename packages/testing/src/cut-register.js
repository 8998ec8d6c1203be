// Preloaded into a fixture that is to be cut: counts its stores to shared memory, and kills it at the wanted one.

let left = 0;
let seen = 0;

/**
 * Stands around every store in the copies; answers what the store answers.
 *
 * @param {unknown} value
 */
globalThis.__stored = (value) => {
  seen++;
  if (left > 0 && --left === 0) {
    process.kill(process.pid, 'SIGKILL');
    for (;;);
  }
  return value;
};

/**
 * Kills this process right after its `count`-th store from now on; 0 = never.
 *
 * @param {number} count
 */
globalThis.cutAfter = (count) => {
  left = count;
  seen = 0;
};

/** Ends that. @returns how many stores there were since */
globalThis.cutNever = () => {
  left = 0;
  return seen;
};
