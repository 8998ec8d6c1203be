import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { connectRedis, type Site } from '@mp/redis';
import { describeNeeding, eventually, freshName, leakCheck, RedisServer } from '@mp/testing';
import { expect, test } from 'vitest';
import { Link } from '../src/link.ts';
import { Names } from '../src/names.ts';
import { Script } from '../src/scripts.ts';
import { type Cluster, ownCluster } from './with-redis.ts';

leakCheck();

/*
 * A node of a cluster is stopped by SIGSTOP: its kernel takes connections and commands, and nobody answers. Only its silence tells
 * it from a slow one.
 */

const codeOf = (error: { readonly code?: string }) => error.code;

/** The name of an object of that kind which lies on that node. */
async function nameOn({ nodes, namespace }: Cluster, kind: string, node: RedisServer): Promise<string> {
  for (;;) {
    const name = freshName();
    if ((await nodes.homeOf(`${namespace}:{${kind}:${name}}`)) === node) return name;
  }
}

/** Adds to a value until it is told to end. */
function keepAdding(site: Site, name: string): { end(): Promise<{ added: number; codes: unknown[] }> } {
  let isOver = false;
  const sum = site.value(name, 0);
  const run = async () => {
    let added = 0;
    const codes: unknown[] = [];
    while (!isOver) {
      await sum.add(1).then(
        () => added++,
        (error) => codes.push(error.code),
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { added, codes };
  };
  const running = run();
  return {
    end() {
      isOver = true;
      return running;
    },
  };
}

/* Each of these has a cluster of its own, so that they wait side by side. */
describeNeeding(RedisServer.missing, 'a node of a cluster', () => {
  test.concurrent('that is stopped and has no replica: its calls are rejected, the other nodes serve on, and all goes on when it does', async () => {
    await using cluster = await ownCluster();
    const [alive, stopped] = cluster.nodes.primaries;
    const [site, other] = [await cluster.site(), await cluster.site()];
    const kept = await site.lock(await nameOn(cluster, 'lock', alive), { ttl: 10_000 }).acquire();
    const doomed = await site.lock(await nameOn(cluster, 'lock', stopped), { ttl: 10_000 }).acquire();
    const [map, sum] = [
      site.map<string, number>(await nameOn(cluster, 'map', stopped)),
      site.value(await nameOn(cluster, 'value', stopped), 0),
    ];
    await map.set('a', 1);
    const event = await nameOn(cluster, 'event', alive);
    const waiting = other.event(event).wait();
    const queue = other.queue<number>(await nameOn(cluster, 'queue', stopped));
    await queue.put(1);
    const adding = keepAdding(site, await nameOn(cluster, 'value', alive));
    await stopped.pause();

    const { namespace } = cluster;
    const ends = [
      map.get('a'),
      map.set('b', 2),
      sum.add(1),
      site.lock(await nameOn(cluster, 'lock', stopped), { ttl: 10_000 }).acquire(),
      site.event(await nameOn(cluster, 'event', stopped)).wait(),
      queue.get(),
      other.lock(await nameOn(cluster, 'lock', stopped), { ttl: 10_000 }).acquire(),
      connectRedis(stopped.url, { namespace, cluster: true }),
    ].map((call) => Promise.resolve(call).catch(codeOf));
    expect(await Promise.all(ends)).toEqual(ends.map(() => 'ERR_MP_DISCONNECTED'));
    const late = await cluster.site();
    await late.event(event).set();
    expect(await waiting).toBe(true);
    await eventually('the lease that could not be renewed is told', () => doomed.signal.aborted, {
      within: 30_000,
    });
    const { added, codes } = await adding.end();
    expect([codes, added > 10, kept.isHeld, kept.signal.aborted]).toEqual([[], true, true, false]);
    // Also a call under way does not hold up the end of a site.
    const last = late
      .value(await nameOn(cluster, 'value', stopped), 0)
      .get()
      .catch(codeOf);
    await late.close();
    expect(await last).toBe('ERR_MP_CLOSED');

    stopped.signal('SIGCONT');
    expect(await map.get('a')).toBe(1);
    const before = await sum.add(1);
    expect(await sum.get()).toBe(before + 1);
    await kept.release();
  });

  test.concurrent('that is stopped and has a replica: the replica takes over, and the node that goes on follows it', async () => {
    await using cluster = await ownCluster({ replicas: 1 });
    const { nodes } = cluster;
    const [stopped, alive] = nodes.primaries;
    const [replica] = nodes.replicas;
    const site = await cluster.site();
    const kept = await site.lock(await nameOn(cluster, 'lock', stopped), { ttl: 60_000 }).acquire();
    const [map, queue] = [
      site.map<string, number>(await nameOn(cluster, 'map', stopped)),
      site.queue<number>(await nameOn(cluster, 'queue', stopped)),
    ];
    await queue.put(1);
    await map.set('a', 1);
    await nodes.replicated();
    const adding = keepAdding(site, await nameOn(cluster, 'value', alive));
    await stopped.pause();
    const calls = [map.set('a', 2), queue.put(2)].map((call) => call.catch(codeOf));
    await nodes.promote(replica);
    // Nobody can tell whether they have happened.
    expect(await Promise.all(calls)).toEqual(['ERR_MP_DISCONNECTED', 'ERR_MP_DISCONNECTED']);
    expect([await map.get('a'), await queue.get()]).toEqual([1, 1]);
    expect([kept.isHeld, kept.signal.aborted]).toEqual([true, false]);
    await map.set('a', 3);

    stopped.signal('SIGCONT');
    await eventually(
      'it follows the new primary',
      async () => (await stopped.command('INFO', 'replication')).includes('role:slave'),
      { within: 60_000 },
    );
    // What it was sent while it was stopped has happened there, and is forgotten.
    expect([await map.get('a'), await queue.size]).toEqual([3, 0]);
    const { added, codes } = await adding.end();
    expect([codes, added > 10]).toEqual([[], true]);
    await kept.release();
  });

  test.concurrent('that is away is not connected to before something is asked of it', async () => {
    await using cluster = await ownCluster();
    const [alive, away] = cluster.nodes.primaries;
    await away.kill();
    let connections = 0;
    const inItsPlace = createServer((socket) => {
      connections++;
      socket.destroy();
    }).listen(away.port, away.host);
    await once(inItsPlace, 'listening');
    const link = await Link.open({ url: alive.url, cluster: true }, { silence: 10_000 });
    await link.command('INFO');
    const look = async (node: RedisServer) => {
      const { main } = new Names(cluster.namespace, 'value', await nameOn(cluster, 'value', node));
      return link.run(new Script('look', 'return 1'), [main], []).catch(codeOf);
    };
    expect([await look(alive), connections]).toEqual([1, 0]);
    expect(await look(away)).toBe('ERR_MP_DISCONNECTED');
    expect(connections).toBeGreaterThan(0);
    link.close();
    inItsPlace.close();
  });
});

/** A node with all slots that answers the first questions, says that a key has moved, and is silent to all who come after that. */
async function makeNodeThatFallsSilent(): Promise<{ server: Server; sockets: Set<Socket>; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const slots = `*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:${port}\r\n$2\r\nid\r\n`;
  let isSilent = false;
  server.on('connection', (socket) => {
    sockets.add(socket.on('error', () => {}).resume());
    if (isSilent) return;
    socket.on('data', (data) => {
      for (const [word] of String(data).matchAll(/HELLO|SLOTS|EVALSHA/g)) {
        isSilent = word === 'EVALSHA';
        if (word === 'HELLO') socket.write('%1\r\n$5\r\nproto\r\n:3\r\n');
        else socket.write(isSilent ? `-MOVED 1 127.0.0.1:${port}\r\n` : slots);
      }
    });
  });
  return { server, sockets, port };
}

test('a node that falls silent when it is asked where its slots have gone: the call ends, and its connections', async () => {
  const { server, sockets, port } = await makeNodeThatFallsSilent();
  const link = await Link.open({ url: `redis://127.0.0.1:${port}`, cluster: true }, { silence: 500 });
  await expect(link.run(new Script('look', 'return 1'), ['{a}'], [])).rejects.toMatchObject({
    code: 'ERR_MP_DISCONNECTED',
  });
  link.close();
  await eventually('it has no connections', () => [...sockets].every((socket) => socket.closed));
  server.close();
});
