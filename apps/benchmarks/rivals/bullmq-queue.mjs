import { Queue, Worker } from 'bullmq';
import Redis from 'ioredis';
import { inFlight } from '../harness/in-flight.mjs';
import { message } from '../harness/payload.mjs';
import { sharedRedis } from '../harness/redis-server.mjs';

const LANES = 64;
const OPTIONS = { removeOnComplete: true, removeOnFail: true };
/** A worker takes what it gets: how much all of them have done is counted in Redis, so often. */
const TELL_MS = 5;
const DONE = 'bench-done';

async function sideOf({ where, payload, consumers = 1 }) {
  const connection = { ...where, maxRetriesPerRequest: null };
  const queue = new Queue('queue', { connection });
  await queue.waitUntilReady();
  const counter = new Redis(where);
  let worker;
  let done = 0;
  let target = 0;
  const take = async (count) => {
    worker ??= new Worker('queue', async () => void done++, { connection, concurrency: LANES });
    target += count * consumers;
    for (let all = 0; all < target; ) {
      await new Promise((resolve) => setTimeout(resolve, TELL_MS));
      const some = done;
      done = 0;
      all = await counter.incrby(DONE, some);
    }
  };
  return {
    fill: (count) => inFlight(count, LANES, (number) => queue.add('job', message(payload, number), OPTIONS)),
    take,
    drain: take,
    async close() {
      await Promise.all([worker?.close(true), queue.close()]);
      counter.disconnect();
    },
  };
}

export const near = (context) => sharedRedis(context, sideOf);
export const far = sideOf;
