import { Queue, QueueEvents, Worker } from 'bullmq';
import { sharedRedis } from '../harness/redis-server.mjs';
import tasks from '../harness/tasks.cjs';

/** A job that is removed at once cannot be waited for. */
const OPTIONS = { removeOnComplete: 1_000, removeOnFail: true };

/** Jobs whose results their giver waits for. */
export function near(context) {
  return sharedRedis(context, async ({ where, task }) => {
    const connection = { ...where, maxRetriesPerRequest: null };
    const queue = new Queue('pool', { connection });
    const events = new QueueEvents('pool', { connection });
    await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
    return {
      async run(argument) {
        const job = await queue.add(task, argument, OPTIONS);
        return job.waitUntilFinished(events);
      },
      close: () => Promise.all([events.close(), queue.close()]),
    };
  });
}

/** The machine that does the work, in its own loop: the fastest way that BullMQ has. */
export async function far({ where }) {
  const connection = { ...where, maxRetriesPerRequest: null };
  const worker = new Worker('pool', async (job) => tasks[job.name](job.data), {
    connection,
    concurrency: 64,
  });
  await worker.waitUntilReady();
  return {};
}
