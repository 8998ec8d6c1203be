import { Queue, Worker } from 'bullmq';
import { startRedis } from '../harness/redis-server.mjs';

const TOKEN = 'a token';
/** As those of ours: an item that is done leaves nothing. */
const OPTIONS = { removeOnComplete: true, removeOnFail: true };

/** A queue of jobs, fetched by hand: put, get, and the word that it is done. */
export async function near() {
  const server = await startRedis('tcp');
  const connection = { ...server.socket, maxRetriesPerRequest: null };
  const queue = new Queue('queue', { connection });
  const worker = new Worker('queue', null, { connection, autorun: false });
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  return {
    async pair(value) {
      await queue.add('job', value, OPTIONS);
      const job = await worker.getNextJob(TOKEN, { block: false });
      await job.moveToCompleted(null, TOKEN, false);
      return job.data;
    },
    where: server.socket,
    async close() {
      await Promise.all([worker.close(true), queue.close()]);
      await server.end();
    },
  };
}
