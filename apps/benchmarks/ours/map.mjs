import { lstatSync, readdirSync } from 'node:fs';
import { SharedMap } from '@mp/shared';
import { keyOf, mapWorks } from '../harness/map-store.mjs';
import { opened } from '../harness/opened.mjs';
import { message } from '../harness/payload.mjs';

export function near(context) {
  const { address, entries, payload } = context;
  const before = sharedBytes();
  const map = new SharedMap({ name: address, persist: true });
  for (let number = 0; number < entries; number++) map.set(keyOf(number), message(payload, number));
  return {
    ...mapWorks(map, context),
    bytes: () => sharedBytes() - before,
    close: () => map.unlink(),
  };
}

export function far(context) {
  const open = () => new SharedMap({ name: context.address });
  return context.opens
    ? { open: (count) => opened(count, context.entries, open) }
    : mapWorks(open(), context);
}

/** What all segments take. */
function sharedBytes() {
  const directory = process.env.MP_DIR;
  return readdirSync(directory).reduce(
    (sum, file) => sum + lstatSync(`${directory}/${file}`).blocks * 512,
    0,
  );
}
