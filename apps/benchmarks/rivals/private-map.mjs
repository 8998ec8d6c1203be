import { keyOf, mapWorks } from '../harness/map-store.mjs';
import { message } from '../harness/payload.mjs';

/** The limit: a Map of one process, which copies nothing. */
export function near(context) {
  const map = new Map();
  const { entries, payload } = context;
  for (let number = 0; number < entries; number++) map.set(keyOf(number), message(payload, number));
  map.update = (key, change) => map.set(key, change(map.get(key)));
  return mapWorks(map, context);
}
