import { connectRedis, type Site } from '@mp/redis';
import {
  describeNeeding,
  freshName,
  RedisCluster,
  type RedisClusterOptions,
  RedisServer,
  type RedisServerOptions,
} from '@mp/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, type TestAPI, test } from 'vitest';

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
    (visit, running) =>
      define({
        get namespace() {
          return visit().namespace;
        },
        site: () => visit().site(),
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
    (visit, running) =>
      define({
        get namespace() {
          return visit().namespace;
        },
        site: () => visit().site(),
        get nodes() {
          return running();
        },
      }),
  );
}

/**
 * Tests of one Redis that run side by side, and beside other such groups of the file: each gets a namespace and sites of its own as its
 * fixture `redis`. None of them may touch what all have in common: the scripts, the count of commands, the connections.
 */
export function describeRedisAtOnce(
  title: string,
  options: RedisServerOptions,
  define: (test: TestAPI<{ redis: Redis }>) => void,
): void {
  const group = () => {
    let server: RedisServer | undefined;
    beforeAll(async () => {
      server = await RedisServer.start(options);
    });
    afterAll(() => server?.stop());

    const withRedis = test.extend<{ redis: Redis }>({
      redis: async ({ onTestFinished }, use) => {
        const running = server as RedisServer;
        const visit = new Visit(running.url, false);
        onTestFinished(() => visit.end());
        await use({ server: running, namespace: visit.namespace, site: () => visit.site() });
      },
    });
    define(withRedis);
  };
  describeNeeding(RedisServer.missing, title, group, { concurrent: true });
}

/** A cluster for one test, which ends with it. */
export async function ownCluster(options: RedisClusterOptions = {}): Promise<Cluster & AsyncDisposable> {
  const nodes = await RedisCluster.start(options);
  const visit = new Visit(nodes.url, true);
  return {
    nodes,
    namespace: visit.namespace,
    site: () => visit.site(),
    async [Symbol.asyncDispose]() {
      try {
        await visit.end();
      } finally {
        await nodes.stop();
      }
    },
  };
}

function describeSites<S extends { readonly url: string; stop(): Promise<void> }>(
  title: string,
  start: () => Promise<S>,
  cluster: boolean,
  define: (visit: () => Visit, running: () => S) => void,
): void {
  describeNeeding(RedisServer.missing, title, () => {
    let running: S | undefined;
    let visit: Visit;

    beforeAll(async () => {
      running = await start();
    });
    beforeEach(() => {
      visit = new Visit((running as S).url, cluster);
    });
    afterEach(() => visit.end());
    afterAll(() => running?.stop());

    define(
      () => visit,
      () => running as S,
    );
  });
}

/** What one test has: a namespace, and the sites that have joined it. */
class Visit implements Sites {
  readonly namespace = freshName();
  readonly #url: string;
  readonly #cluster: boolean;
  readonly #sites: Site[] = [];

  constructor(url: string, cluster: boolean) {
    this.#url = url;
    this.#cluster = cluster;
  }

  async site(): Promise<Site> {
    const site = await connectRedis(this.#url, { namespace: this.namespace, cluster: this.#cluster });
    this.#sites.push(site);
    return site;
  }

  /** Closes the sites. */
  async end(): Promise<void> {
    // No message was lost, so none was made up for. What users see of a site does not name it.
    for (const site of this.#sites) expect(site).toMatchObject({ rescued: 0 });
    await Promise.all(this.#sites.splice(0).map((site) => site.close()));
  }
}
