import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * Runs a Redis until its own standard input ends, which is so also when the parent is killed; then it removes its data. That is why
 * Redis is not asked to end but killed: it would write a file first, and stay if it cannot. Only the Redis has the output, so that
 * the parent sees the end of one that cannot start.
 */
const WITH_ITS_PARENT = `
folder=$(mktemp -d "\${TMPDIR:-/tmp}/mp-demo-redis-XXXXXX")
redis-server --dir "$folder" "$@" & server=$!
exec >&-
read -r _
kill -KILL "$server"
wait "$server"
rm -rf "$folder"
`;
const TRIES = 3;

/** A Redis of our own, on a free port of this machine, that keeps its data in a folder that goes with it. */
export interface RedisServer {
  readonly url: string;
  end(): Promise<void>;
}

/** Whether there is a `redis-server` here. */
export function isRedisInstalled(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** @throws Error with what it said when it does not start */
export async function startRedis(): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(await freePort());
    } catch (error) {
      // Another program was faster to take the port.
      if (attempt === TRIES) throw error;
    }
  }
}

async function startOn(port: number): Promise<RedisServer> {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--appendonly', 'yes'];
  const child = spawn('sh', ['-c', WITH_ITS_PARENT, 'sh', ...settings], {
    // Ctrl-C is not for it: the site is closed first.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exit = once(child, 'exit');
  const end = async () => {
    child.stdin.end();
    await exit;
  };
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (line.includes('Ready to accept connections')) {
      child.stdout.resume();
      return { url: `redis://127.0.0.1:${port}`, end };
    }
  }
  await end();
  throw new Error(`redis-server did not start:\n${said.slice(-5).join('\n')}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
