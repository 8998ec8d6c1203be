/** The floor of any lock in shared memory: one compare-and-exchange to take a word, one exchange to free it. */
export function near() {
  const words = new Int32Array(new SharedArrayBuffer(64));
  return { pairs: (count) => pairs(words, count), close: () => {} };
}

function pairs(words, count) {
  for (let index = 0; index < count; index++) {
    if (Atomics.compareExchange(words, 0, 0, 1) !== 0) throw new Error('The word was taken');
    if (Atomics.exchange(words, 0, 0) !== 1) throw new Error('The word was not taken');
  }
}
