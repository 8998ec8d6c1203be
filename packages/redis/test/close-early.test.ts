import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { Site } from '@mp/redis';
import { freshName, holdings, leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { describeCluster, describeRedis, type Sites } from './with-redis.ts';

leakCheck();

const CLOSES = 24;
const TOGETHER = 4;
/** In so many turns of the event loop what was ended is closed. */
const TURNS = 20;

describeRedis('one Redis', {}, closed);
describeCluster('a cluster', {}, closed);

/* What began before a site was closed ends with it: its sockets, and the files from which a thread of it loads its modules. */
function closed(redis: Sites): void {
  /** What was begun, and how far apart the moments of the closes are, in ms: together about as long as it takes. */
  const begun: [string, number, (site: Site) => Promise<unknown>][] = [
    ['that begins to wait', 2, (site) => site.event(freshName()).wait()],
    ['that begins to wait and gives up', 2, (site) => site.event(freshName()).wait({ timeout: 20 })],
    ['whose first lease is on its way', 8, (site) => site.lock(freshName(), { ttl: 30_000 }).acquire()],
  ];

  test.each(begun)('a site %s leaves no descriptor', async (_, step, begin) => {
    // What the first site loads stays open.
    await closedAfter(0);
    const before = holdings().descriptors.length;
    for (let i = 0; i < CLOSES; i += TOGETHER)
      await Promise.all(Array.from({ length: TOGETHER }, (_, j) => closedAfter((i + j) * step)));
    // Not when a time limit of the connection ends it at last.
    for (let i = 0; i < TURNS; i++) await turn();
    expect(holdings().descriptors.length).toBeLessThanOrEqual(before);

    async function closedAfter(ms: number): Promise<void> {
      const site = await redis.site();
      const running = begin(site).then(
        () => 'done',
        (error: { code?: string }) => error.code,
      );
      await delay(ms);
      await site.close();
      expect(await running).toBeOneOf(['done', 'ERR_MP_CLOSED']);
    }
  });
}
