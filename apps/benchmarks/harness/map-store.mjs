import { isBytes, message } from './payload.mjs';

/** So many keys are used in turn, spread over all entries: more would measure how soon V8 finds a string. */
const KEYS_MOST = 1 << 16;
/** Operations between two looks at the clock, and two turns of the event loop: some rivals' readers move on only there. */
const STRIDE = 1_000;
/** A prime, so that neighbours in the loop are no neighbours in an ordered store. */
const STEP = 7_919;

export const keyOf = (number) => `key-${number}`;

/** What an update makes of the present value. */
function changed(value, payload) {
  if (!isBytes(payload)) return { ...value, id: value.id + 1 };
  value[0]++;
  return value;
}

/**
 * The works of a round on a map of any make.
 *
 * @param store `get(key)`, `set(key, value)` and `update(key, change)`; a promise of `settle()` is awaited now and then
 */
export function mapWorks(store, { entries, payload }) {
  const keys = Array.from({ length: Math.min(entries, KEYS_MOST) }, (_, index) =>
    keyOf((index * STEP * Math.max(1, Math.floor(entries / KEYS_MOST))) % entries),
  );
  const change = (value) => changed(value, payload);
  const operations = {
    get(key) {
      if (store.get(key) === undefined) throw new Error(`There is no ${key}`);
    },
    set: (key, number) => store.set(key, message(payload, number)),
    update: store.update && ((key) => store.update(key, change)),
  };
  const works = {};
  for (const [name, operate] of Object.entries(operations)) {
    if (operate === undefined) continue;
    const run = (count, from) => {
      for (let index = 0; index < count; index++) operate(keys[(from + index) % keys.length], index);
    };
    works[name] = store.settle ? (count) => settled(store, run, count) : (count) => run(count, 0);
    works[`${name}For`] = (milliseconds) => runFor(store, run, milliseconds);
  }
  return works;
}

async function settled(store, run, count) {
  for (let done = 0; done < count; done += STRIDE) {
    run(Math.min(STRIDE, count - done), done);
    await store.settle();
  }
}

async function runFor(store, run, milliseconds) {
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < milliseconds) {
    run(STRIDE, count);
    count += STRIDE;
    await (store.settle?.() ?? new Promise(setImmediate));
  }
  return { count, ms: performance.now() - start };
}
