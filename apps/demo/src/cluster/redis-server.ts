import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Ends when its standard input does: also with a parent that is killed. */
const WITH_ITS_PARENT = 'redis-server "$@" & server=$!; read -r _; kill "$server"; wait "$server"';
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
  const folder = mkdtempSync(join(tmpdir(), 'mp-demo-redis-'));
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes'];
  const child = spawn('sh', ['-c', WITH_ITS_PARENT, 'sh', ...settings], {
    // Ctrl-C is not for it: the site is closed first.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exit = once(child, 'exit');
  const end = async () => {
    child.stdin.end();
    await exit;
    rmSync(folder, { recursive: true, force: true });
  };
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (/fatal|could not create server/i.test(line)) break;
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
