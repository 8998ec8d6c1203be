import Redis from 'ioredis';
import Redlock from 'redlock';
import { startRedis } from '../harness/redis-server.mjs';

const TTL_MS = 30_000;

/** Over one server, as ours is. */
export async function near() {
  const server = await startRedis('tcp');
  const client = new Redis(server.socket);
  const redlock = new Redlock([client]);
  return {
    async pair() {
      const lock = await redlock.lock('lock', TTL_MS);
      await lock.unlock();
    },
    where: server.socket,
    async close() {
      client.disconnect();
      await server.end();
    },
  };
}
