import { createClient } from 'redis';
import { inFlight } from '../harness/in-flight.mjs';
import { message } from '../harness/payload.mjs';
import { sharedRedis } from '../harness/redis-server.mjs';

const LANES = 64;

/** A list by the plain client: what is taken is gone, whatever becomes of its consumer. */
async function sideOf({ where, payload }) {
  const client = createClient({ socket: where });
  await client.connect();
  let waiting;
  const take = (count) =>
    inFlight(count, LANES, async () => {
      while ((await client.rPop('queue')) === null) {
        // One lane waits for all, on a connection of its own.
        waiting ??= client.duplicate().connect();
        const item = await (await waiting).brPop('queue', 0.05);
        if (item !== null) break;
      }
    });
  return {
    fill: (count) =>
      inFlight(count, LANES, (number) => client.lPush('queue', JSON.stringify(message(payload, number)))),
    take,
    drain: take,
    async close() {
      (await waiting)?.destroy();
      client.destroy();
    },
  };
}

export const near = (context) => sharedRedis(context, sideOf);
export const far = sideOf;
