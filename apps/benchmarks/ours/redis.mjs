import { connectRedis } from '@mp/redis';
import { startRedis } from '../harness/redis-server.mjs';

/** As long as the leases of the others. */
const TTL_MS = 30_000;

/** The site of a server of `harness/redis-server.mjs`. */
export const siteAt = ({ host, port }) => connectRedis(`redis://${host}:${port}`, { namespace: 'bench' });

const OBJECTS = {
  dict(site) {
    const map = site.map('dict');
    return { get: (key) => map.get(key), set: (key, value) => map.set(key, value) };
  },
  lock(site) {
    const lock = site.lock('lock', { ttl: TTL_MS });
    return { pair: async () => (await lock.acquire()).release() };
  },
  queue(site) {
    const queue = site.queue('queue');
    return {
      async pair(value) {
        await queue.put(value);
        return queue.get();
      },
    };
  },
};

export async function near(context) {
  const server = await startRedis('tcp');
  const site = await siteAt(server.socket);
  return {
    ...OBJECTS[context.object](site),
    where: server.socket,
    async close() {
      await site.close();
      await server.end();
    },
  };
}
