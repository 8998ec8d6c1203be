import { keyOf } from './map-store.mjs';
import { isBytes, message, sizeOf } from './payload.mjs';

/** Calls under way while a dict is filled. */
const FILL_BATCH = 500;
/** Calls that a further client has under way. */
const IN_FLIGHT = 64;

/** Fills the dict of a client; other objects have nothing to be filled. */
export async function filled(client, { object, entries, payload }) {
  if (object !== 'dict') return;
  const batch = isBytes(payload) ? 1 : FILL_BATCH;
  for (let start = 0; start < entries; start += batch) {
    const sets = [];
    for (let number = start; number < Math.min(entries, start + batch); number++)
      sets.push(client.set(keyOf(number), message(payload, number)));
    await Promise.all(sets);
  }
}

/** The calls of a client by name. Each gets a number, and sees that what comes is right. */
export function callsOf(client, { object, entries, payload }) {
  return CALLS[object](client, entries, payload);
}

const CALLS = {
  dict(client, entries, payload) {
    const keys = Array.from({ length: entries }, (_, number) => keyOf(number));
    return {
      async get(number) {
        check(await client.get(keys[number % entries]), payload);
      },
      set: (number) => client.set(keys[number % entries], message(payload, number)),
    };
  },
  counter(client) {
    let sum = 0;
    return {
      async add(number) {
        const expected = (sum += number);
        if ((await client.add(number)) !== expected) throw new Error('The counter is wrong');
      },
    };
  },
  lock: (client) => ({ pair: () => client.pair() }),
  queue: (client, _, payload) => ({
    async pair(number) {
      check(await client.pair(message(payload, number)), payload);
    },
  }),
};

function check(value, payload) {
  const isRight = isBytes(payload) ? value?.length === sizeOf(payload) : value?.name === 'resize';
  if (!isRight) throw new Error('The value is wrong');
}

/** What a further client does in a process of its own: `get` for so many ms, one at a time or 64 in flight. */
export function clientWorks(client, context) {
  const { get } = callsOf(client, context);
  return {
    oneFor: (milliseconds) => callsFor(milliseconds, 1, get),
    manyFor: (milliseconds) => callsFor(milliseconds, IN_FLIGHT, get),
  };
}

async function callsFor(milliseconds, lanes, call) {
  const start = performance.now();
  let count = 0;
  const lane = async () => {
    while (performance.now() - start < milliseconds) await call(count++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { count, ms: performance.now() - start };
}
