/** The limit for any number in shared memory: the same operations on a typed array of this process, without any check. */
export function near() {
  const words = new Int32Array(new SharedArrayBuffer(128));
  return {
    read(count) {
      let sum = 0;
      for (let index = 0; index < count; index++) sum ^= Atomics.load(words, 0);
      return sum;
    },
    write(count) {
      for (let index = 0; index < count; index++) Atomics.store(words, 0, index & 1023);
    },
    add(count) {
      for (let index = 0; index < count; index++) Atomics.add(words, 0, 1);
    },
    lockedAdd(count) {
      for (let index = 0; index < count; index++) {
        if (Atomics.compareExchange(words, 16, 0, 1) !== 0) throw new Error('The word was taken');
        words[0]++;
        Atomics.exchange(words, 16, 0);
      }
    },
  };
}
