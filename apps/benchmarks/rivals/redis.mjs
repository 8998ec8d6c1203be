import { createClient, RESP_TYPES } from 'redis';
import { clientWorks } from '../harness/manager-calls.mjs';
import { isBytes } from '../harness/payload.mjs';
import { startRedis } from '../harness/redis-server.mjs';

/** Ms after which a lock is free without its holder: what one gives, as nothing else frees it. */
const LOCK_MS = 30_000;
/** Frees the lock only of the one that has it. */
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end`;

/** @param context `options.way`: 'unix' or 'tcp' */
export async function near(context) {
  const server = await startRedis(context.options.way);
  const client = await connected(context, server.socket);
  return {
    ...client,
    async close() {
      client.close();
      await server.end();
    },
  };
}

export async function far(context) {
  return clientWorks(await connected(context, context.where), context);
}

async function connected({ object, payload }, socket) {
  const client = createClient({ socket });
  await client.connect();
  return { ...(await OBJECTS[object](client, payload)), where: socket, close: () => client.destroy() };
}

/** Bytes are what Redis keeps; an object has to be JSON. */
const codingOf = (payload) =>
  isBytes(payload)
    ? { encode: (bytes) => bytes, decode: (bytes) => bytes }
    : { encode: JSON.stringify, decode: (text) => text && JSON.parse(text) };

function carrying(client, payload) {
  return isBytes(payload) ? client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }) : client;
}

const OBJECTS = {
  dict(client, payload) {
    const { encode, decode } = codingOf(payload);
    const values = carrying(client, payload);
    return {
      get: async (key) => decode(await values.get(key)),
      set: (key, value) => values.set(key, encode(value)),
    };
  },
  // It has no classes: a command that does the same.
  counter: (client) => ({ add: (number) => client.incrBy('counter', number) }),
  async lock(client) {
    const script = await client.scriptLoad(RELEASE);
    let turns = 0;
    return {
      async pair() {
        const token = `${process.pid}-${++turns}`;
        const taken = await client.set('lock', token, {
          condition: 'NX',
          expiration: { type: 'PX', value: LOCK_MS },
        });
        if (taken === null) throw new Error('The lock is taken');
        await client.evalSha(script, { keys: ['lock'], arguments: [token] });
      },
    };
  },
  queue(client, payload) {
    const { encode, decode } = codingOf(payload);
    const values = carrying(client, payload);
    return {
      async pair(value) {
        await values.lPush('queue', encode(value));
        return decode(await values.rPop('queue'));
      },
    };
  },
};
