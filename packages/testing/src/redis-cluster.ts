import { eventually } from './eventually.ts';
import { RedisServer } from './redis-server.ts';

const SLOTS = 16_384;
/** What a {@link RedisCluster} has. */
export interface RedisClusterOptions {
  /** How many nodes share the slots. Default: 3. */
  readonly primaries?: number;
  /** How many replicas the first of them has. Default: 0. */
  readonly replicas?: number;
}

/** A real cluster for one test or one test file: several Redis on this machine that share the slots evenly. */
export class RedisCluster implements AsyncDisposable {
  readonly primaries: readonly RedisServer[];
  /** Of the first primary. */
  readonly replicas: readonly RedisServer[];

  private constructor(nodes: readonly RedisServer[], primaries: number) {
    this.primaries = nodes.slice(0, primaries);
    this.replicas = nodes.slice(primaries);
  }

  static async start({ primaries = 3, replicas = 0 }: RedisClusterOptions = {}): Promise<RedisCluster> {
    const nodes: RedisServer[] = [];
    try {
      while (nodes.length < primaries + replicas) nodes.push(await startNode());
      const cluster = new RedisCluster(nodes, primaries);
      await cluster.#form();
      return cluster;
    } catch (error) {
      await Promise.all(nodes.map((node) => node.stop()));
      throw error;
    }
  }

  /** Of one node: the others are found from there. */
  get url(): string {
    return this.primaries[0].url;
  }

  /** The primary that had the slot of a key when the cluster was made. */
  async homeOf(key: string): Promise<RedisServer> {
    const slot = await this.slotOf(key);
    const index = this.primaries.findIndex((_, node) => slot < this.#firstSlot(node + 1));
    return this.primaries[index];
  }

  async slotOf(key: string): Promise<number> {
    return Number((await this.primaries[0].command('CLUSTER', 'KEYSLOT', key)).slice(1));
  }

  /** Moves a slot with all its keys, one by one, as an operator does while programs use them. */
  async move(slot: number, from: RedisServer, to: RedisServer): Promise<void> {
    const [source, target] = [await idOf(from), await idOf(to)];
    const set = (node: RedisServer, ...words: string[]) =>
      accepted(node, 'CLUSTER', 'SETSLOT', String(slot), ...words);
    await set(to, 'IMPORTING', source);
    await set(from, 'MIGRATING', target);
    for (;;) {
      const reply = await from.command('CLUSTER', 'GETKEYSINSLOT', String(slot), '100');
      const keys = reply.split('\r\n').filter((line) => !/^[*$]/.test(line));
      if (keys.length === 0) break;
      for (const key of keys) await accepted(from, 'MIGRATE', to.host, String(to.port), key, '0', '5000');
    }
    for (const node of [to, from, ...this.primaries]) await set(node, 'NODE', target);
  }

  /**
   * A replica becomes the primary of its slots, as it is when the primary is dead; it asks nobody, so that no test waits until
   * all nodes have noticed that.
   */
  async promote(replica: RedisServer): Promise<void> {
    await accepted(replica, 'CLUSTER', 'FAILOVER', 'TAKEOVER');
    for (const node of this.primaries.slice(1))
      await agreed('the others know of the new primary', async () => {
        const told = await node.command('CLUSTER', 'SLOTS');
        return !told.includes(`:${this.primaries[0].port}\r\n`);
      });
  }

  /** Waits until all that the first primary has answered so far has come to its replicas. */
  async replicated(): Promise<void> {
    const sent = await offsetOf(this.primaries[0], 'master_repl_offset');
    for (const replica of this.replicas)
      await agreed('the replica has all', async () => (await offsetOf(replica, 'slave_repl_offset')) >= sent);
  }

  /** Ends all nodes, and removes their files. */
  async stop(): Promise<void> {
    await Promise.all([...this.primaries, ...this.replicas].map((node) => node.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #firstSlot(primary: number): number {
    return Math.ceil((SLOTS * primary) / this.primaries.length);
  }

  async #form(): Promise<void> {
    const nodes = [...this.primaries, ...this.replicas];
    for (const [index, node] of nodes.entries()) {
      await accepted(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
      if (index >= this.primaries.length) continue;
      const [first, end] = [this.#firstSlot(index), this.#firstSlot(index + 1)];
      await accepted(node, 'CLUSTER', 'ADDSLOTSRANGE', String(first), String(end - 1));
    }
    const [first, ...others] = nodes;
    for (const { host, port, busPort } of others)
      await accepted(first, 'CLUSTER', 'MEET', host, String(port), String(busPort));
    await this.#agree(nodes);
    const primary = await idOf(first);
    for (const replica of this.replicas) await accepted(replica, 'CLUSTER', 'REPLICATE', primary);
    for (const replica of this.replicas)
      await agreed('the replica follows', async () =>
        (await replica.command('INFO', 'replication')).includes('master_link_status:up'),
      );
    // All nodes know of the replicas when their slots are told with them.
    for (const node of nodes)
      await agreed('all nodes know of the replicas', async () => {
        const told = await node.command('CLUSTER', 'NODES');
        return told.match(/[ ,]slave /g)?.length === (this.replicas.length || undefined);
      });
  }

  async #agree(nodes: readonly RedisServer[]): Promise<void> {
    for (const node of nodes)
      await agreed('the nodes of the cluster know each other', async () => {
        const info = await node.command('CLUSTER', 'INFO');
        return (
          info.includes('cluster_state:ok') &&
          info.includes(`cluster_slots_ok:${SLOTS}`) &&
          info.includes(`cluster_known_nodes:${nodes.length}`)
        );
      });
  }
}

/** A replica has all at once; and a node that is stopped or dead for long does not end the others' work. */
const ARGS = ['--repl-diskless-sync-delay', '0', '--cluster-require-full-coverage', 'no'];

async function startNode(): Promise<RedisServer> {
  return RedisServer.start({ isNode: true, args: ARGS });
}

async function idOf(node: RedisServer): Promise<string> {
  return (await node.command('CLUSTER', 'MYID')).replace(/^\$\d+\r\n/, '');
}

/** Nodes tell each other now and then only, and on a busy machine that takes long. */
async function agreed(what: string, check: () => Promise<boolean>): Promise<void> {
  await eventually(what, check, { within: 60_000 });
}

async function offsetOf(node: RedisServer, field: string): Promise<number> {
  const info = await node.command('INFO', 'replication');
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)?.[1]);
}

async function accepted(node: RedisServer, ...words: string[]): Promise<void> {
  const reply = await node.command(...words);
  if (!/^\+(OK|NOKEY)/.test(reply)) throw new Error(`${words.join(' ')}: ${reply}`);
}
