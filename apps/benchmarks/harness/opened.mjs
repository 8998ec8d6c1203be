import { keyOf } from './map-store.mjs';
import { median } from './statistics.mjs';

/**
 * Opens a store again and again, the last one closed.
 *
 * @param open gives `get(key)` and `close()`, which may take its time
 * @returns medians in µs: of the opening, and of the opening with the first `get`
 */
export async function opened(count, entries, open) {
  const [opens, gets] = [[], []];
  for (let turn = 0; turn < count; turn++) {
    const start = performance.now();
    const store = open();
    opens.push((performance.now() - start) * 1000);
    if (store.get(keyOf(entries >> 1)) === undefined) throw new Error('An entry is not there');
    gets.push((performance.now() - start) * 1000);
    await store.close();
  }
  return { open: median(opens), get: median(gets) };
}
