import type { Site } from '@mp/redis';
import { freshName, leakCheck } from '@mp/testing';
import {
  asyncEventSuite,
  asyncLockSuite,
  asyncMapSuite,
  asyncSemaphoreSuite,
  type Users,
} from '@mp/testing/suites';
import { describeCluster, describeRedis, type Sites } from './with-redis.ts';

leakCheck();

/** Long enough that no test of the suites sees its end: what is lost there is given up by the site that is closed. */
const TTL = { ttl: 30_000 };

describeRedis('over Redis', {}, suites);
describeCluster('over a cluster', {}, suites);

function suites(redis: Sites): void {
  /** The same object in two sites. */
  async function twice<T extends { close(): void }>(
    make: (site: Site, name: string) => T,
  ): Promise<Users<T>> {
    const name = freshName();
    const sites = [await redis.site(), await redis.site()];
    const [one, other] = sites.map((site) => make(site, name));
    return {
      one,
      other,
      lose: () => sites[1].close(),
      async end() {
        one.close();
        other.close();
      },
    };
  }

  const hasTwoOwners = true;

  asyncLockSuite({ title: 'a lock', hasTwoOwners, make: () => twice((site, name) => site.lock(name, TTL)) });

  asyncSemaphoreSuite({
    title: 'a semaphore',
    hasTwoOwners,
    make: ({ value, recover = false, bounded = false }) =>
      twice((site, name) => site.semaphore(name, { value, bounded, ...(recover ? TTL : {}) })),
  });

  asyncMapSuite({ title: 'a map', hasTwoOwners, make: () => twice((site, name) => site.map(name)) });

  asyncEventSuite({ title: 'an event', hasTwoOwners, make: () => twice((site, name) => site.event(name)) });
}
