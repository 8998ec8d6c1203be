import { connectRedis, type Site } from '@mp/redis';
import { describeNeeding, freshName, RedisServer, type RedisServerOptions } from '@mp/testing';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

/** One Redis, as a file of tests uses it. */
export interface Redis {
  readonly server: RedisServer;
  /** Joins the namespace of the present test. What it returns is closed after the test. */
  site(): Promise<Site>;
  /** The namespace of the present test. */
  readonly namespace: string;
}

/** Tests that need a Redis. It is started before the first and ended after the last of them. */
export function describeRedis(
  title: string,
  options: RedisServerOptions,
  define: (redis: Redis) => void,
): void {
  describeNeeding(RedisServer.missing, title, () => {
    let server: RedisServer;
    let namespace = freshName();
    const sites: Site[] = [];

    beforeAll(async () => {
      server = await RedisServer.start(options);
    });
    afterEach(async () => {
      // No message was lost, so none was made up for. What users see of a site does not name it.
      for (const site of sites) expect(site).toMatchObject({ rescued: 0 });
      await Promise.all(sites.splice(0).map((site) => site.close()));
      namespace = freshName();
    });
    afterAll(() => server.stop());

    define({
      get server() {
        return server;
      },
      get namespace() {
        return namespace;
      },
      async site() {
        const site = await connectRedis(server.url, { namespace });
        sites.push(site);
        return site;
      },
    });
  });
}
