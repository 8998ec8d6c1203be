import { readFileSync } from 'node:fs';
import { defineManager, Manager } from '@mp/manager';
import { startFar } from '../harness/far-side.mjs';
import { clientWorks } from '../harness/manager-calls.mjs';
import { privatePath } from '../harness/private-path.mjs';

const AUTH_KEY = 'a key of both';
/** As good as 127.0.0.1, but no address that a client takes for its own machine: so it stays on the socket. */
const FAR_HOST = '127.0.0.2';

class Counter {
  #value = 0;

  add(number) {
    this.#value += number;
    return this.#value;
  }
}

export const Counters = defineManager(import.meta, {
  Counter: { create: () => new Counter(), expose: ['add'] },
});

const OBJECTS = {
  async dict(manager) {
    const dict = await manager.dict(undefined, { name: 'dict' });
    return { get: (key) => dict.get(key), set: (key, value) => dict.set(key, value) };
  },
  async counter(manager) {
    const counter = await manager.Counter();
    return { add: (number) => counter.add(number) };
  },
  async lock(manager) {
    const lock = await manager.lock();
    return { pair: async () => (await lock.acquire()).release() };
  },
  async queue(manager) {
    const queue = await manager.queue();
    return {
      async pair(value) {
        await queue.put(value);
        return queue.get();
      },
    };
  },
};

const definitionOf = ({ object }) => (object === 'counter' ? Counters : Manager);

/** @param context `options.way`: 'pipe' = a server of one's own; 'unix' and 'tcp' = one that serves at such an address */
export async function near(context) {
  const { way } = context.options;
  if (way === 'pipe') {
    const manager = await definitionOf(context).start({ authKey: AUTH_KEY });
    return clientOf(context, manager, manager.address);
  }
  const server = await startFar(context, { role: 'server' });
  await server.order('listen');
  const where = (await server.report()).result;
  const client = await connected(context, where);
  if (way === 'tcp') checkSocket(where);
  return {
    ...client,
    async close() {
      await client.close();
      server.end();
    },
  };
}

export async function far(context) {
  if (context.place.role === 'client') return clientWorks(await connected(context, context.where), context);
  const address =
    context.options.way === 'unix' ? { path: privatePath(context) } : { host: FAR_HOST, port: 0 };
  return {
    listen: async () => (await definitionOf(context).serve(address, { authKey: AUTH_KEY })).address,
  };
}

async function connected(context, where) {
  return clientOf(context, await definitionOf(context).connect(where, { authKey: AUTH_KEY }), where);
}

async function clientOf(context, manager, where) {
  return {
    ...(await OBJECTS[context.object](manager)),
    where,
    close: () => manager.close(),
  };
}

/** A client in shared memory would be another contender. */
function checkSocket({ port }) {
  // The lines of Linux end thus for a connection to the port that is established.
  const established = `:${port.toString(16).toUpperCase().padStart(4, '0')} 01 `;
  if (!readFileSync('/proc/net/tcp', 'utf8').includes(established))
    throw new Error('The client has left its TCP socket for shared memory');
}
