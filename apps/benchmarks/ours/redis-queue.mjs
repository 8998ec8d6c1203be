import { inFlight } from '../harness/in-flight.mjs';
import { message } from '../harness/payload.mjs';
import { sharedRedis } from '../harness/redis-server.mjs';
import { siteAt } from './redis.mjs';

const LANES = 64;

/** @param context `where` is the server */
async function sideOf({ where, payload }) {
  const site = await siteAt(where);
  const queue = site.queue('queue');
  const take = (count) =>
    inFlight(count, LANES, async () => {
      const lease = await queue.lease();
      await lease.ack();
    });
  return {
    fill: (count) => inFlight(count, LANES, (number) => queue.put(message(payload, number))),
    take,
    drain: take,
    close: () => site.close(),
  };
}

export const near = (context) => sharedRedis(context, sideOf);
export const far = sideOf;
