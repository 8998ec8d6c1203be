import type { Site } from '@mp/redis';
import { asyncQueueSuite, freshName, leakCheck, type SuiteQueueOptions } from '@mp/testing';
import { afterEach } from 'vitest';
import { describeCluster, describeRedis, type Sites } from './with-redis.ts';

leakCheck();

type Kind = 'queue' | 'joinableQueue' | 'lifoQueue' | 'priorityQueue';

describeRedis('over Redis', {}, suite);
describeCluster('over a cluster', {}, suite);

function suite(redis: Sites): void {
  const made = new Map<object, [Kind, string]>();
  const sites: Site[] = [];

  afterEach(() => {
    made.clear();
    sites.length = 0;
  });

  /** Two sites take turns, so that the users of a queue are on different ones. */
  async function siteOf(index: number): Promise<Site> {
    while (sites.length < 2) sites.push(await redis.site());
    return sites[index % 2];
  }

  async function make<Q extends object>(kind: Kind, options: SuiteQueueOptions = {}): Promise<Q> {
    const name = freshName();
    const site = await siteOf(0);
    const queue = site[kind](name, options) as unknown as Q;
    made.set(queue, [kind, name]);
    return queue;
  }

  asyncQueueSuite('queues of a site', {
    queue: (options) => make('queue', options),
    joinableQueue: (options) => make('joinableQueue', options),
    lifoQueue: (options) => make('lifoQueue', options),
    priorityQueue: (options) => make('priorityQueue', options),
    another: async (queue) => {
      const [kind, name] = made.get(queue) as [Kind, string];
      const site = await siteOf(1);
      return site[kind](name) as unknown as typeof queue;
    },
  });
}
