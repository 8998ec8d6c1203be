import { Queue } from '@mp/queue';
import { decode, encodeParts } from '@mp/serde/internal';
import { isLarge, message } from '../harness/payload.mjs';

/** Messages that are put before any of them is taken: one at a time is what no queue in use sees. */
const BATCH = { small: 100, large: 4 };
/** What plain data needs of the memory that carries it: nothing. */
const CARRIER = {};

/** @param context `options.part`: 'queue' = put and get, 'coding' = only what makes bytes of a value and back */
export function near({ options: { part }, payload }) {
  return part === 'queue' ? queue(payload) : coding(payload);
}

function queue(payload) {
  const queue = new Queue();
  const batch = isLarge(payload) ? BATCH.large : BATCH.small;
  return {
    pass(count) {
      for (let done = 0; done < count; done += batch) {
        for (let put = 0; put < batch; put++) queue.putSync(message(payload, done));
        for (let got = 0; got < batch; got++) queue.getSync();
      }
    },
    close: () => queue.close(),
  };
}

function coding(payload) {
  return {
    pass(count) {
      for (let index = 0; index < count; index++) {
        const { buffer, length, more } = encodeParts(message(payload, index), CARRIER);
        // The rest of a large one is the value's own memory: copied by the queue, not made here.
        if (more.length === 0) decode(buffer, CARRIER, length);
      }
    },
  };
}
