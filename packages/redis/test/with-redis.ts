import { connectRedis, type Site } from '@mp/redis';
import {
  describeNeeding,
  freshName,
  RedisCluster,
  type RedisClusterOptions,
  RedisServer,
  type RedisServerOptions,
} from '@mp/testing';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

/** Where sites of a test live. */
export interface Sites {
  /** Joins the namespace of the present test. What it returns is closed after the test. */
  site(): Promise<Site>;
  /** The namespace of the present test. */
  readonly namespace: string;
}

/** One Redis, as a file of tests uses it. */
export interface Redis extends Sites {
  readonly server: RedisServer;
}

/** One cluster, as a file of tests uses it. */
export interface Cluster extends Sites {
  readonly nodes: RedisCluster;
}

/** Tests that need a Redis. It is started before the first and ended after the last of them. */
export function describeRedis(
  title: string,
  options: RedisServerOptions,
  define: (redis: Redis) => void,
): void {
  describeSites(
    title,
    () => RedisServer.start(options),
    false,
    (sites, running) =>
      define({
        ...sites,
        get namespace() {
          return sites.namespace;
        },
        get server() {
          return running();
        },
      }),
  );
}

/** Tests that need a cluster. */
export function describeCluster(
  title: string,
  options: RedisClusterOptions,
  define: (cluster: Cluster) => void,
): void {
  describeSites(
    title,
    () => RedisCluster.start(options),
    true,
    (sites, running) =>
      define({
        ...sites,
        get namespace() {
          return sites.namespace;
        },
        get nodes() {
          return running();
        },
      }),
  );
}

function describeSites<S extends { readonly url: string; stop(): Promise<void> }>(
  title: string,
  start: () => Promise<S>,
  cluster: boolean,
  define: (sites: Sites, running: () => S) => void,
): void {
  describeNeeding(RedisServer.missing, title, () => {
    let running: S | undefined;
    let namespace = freshName();
    const sites: Site[] = [];

    beforeAll(async () => {
      running = await start();
    });
    afterEach(async () => {
      // No message was lost, so none was made up for. What users see of a site does not name it.
      for (const site of sites) expect(site).toMatchObject({ rescued: 0 });
      await Promise.all(sites.splice(0).map((site) => site.close()));
      namespace = freshName();
    });
    afterAll(() => running?.stop());

    define(
      {
        get namespace() {
          return namespace;
        },
        async site() {
          const site = await connectRedis((running as S).url, { namespace, cluster });
          sites.push(site);
          return site;
        },
      },
      () => running as S,
    );
  });
}
