import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Why there can be no server, or undefined. */
export function redisMissing() {
  return program() === undefined
    ? 'no redis-server found (Debian has it in the package of that name)'
    : undefined;
}

/** The version of the server, or undefined. */
export function redisVersion() {
  const file = program();
  if (file === undefined) return undefined;
  return /\bv=(\S+)/.exec(execFileSync(file, ['--version'], { encoding: 'utf8' }))?.[1];
}

/**
 * Starts a Redis server that keeps nothing.
 *
 * @param way 'unix', or 'tcp' on a free port of the loopback
 * @returns `socket`: where it listens, as its clients want it; `pid`; `end()`
 */
export async function startRedis(way) {
  const directory = mkdtempSync(join(process.env.MP_DIR ?? tmpdir(), 'redis-'));
  const socket =
    way === 'unix' ? { path: join(directory, 'redis.sock') } : { host: '127.0.0.1', port: await freePort() };
  const listens =
    way === 'unix'
      ? ['--port', '0', '--unixsocket', socket.path]
      : ['--port', String(socket.port), '--bind', socket.host];
  const child = spawn(program(), [...listens, '--save', '', '--appendonly', 'no', '--dir', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const end = async () => {
    child.kill();
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await ready(child);
  } catch (error) {
    await end();
    throw error;
  }
  return { socket, pid: child.pid, end };
}

/**
 * The near side of something that several processes share over a Redis, which this starts.
 *
 * @param sideOf makes a side of a context, whose `where` is the server
 */
export async function sharedRedis(context, sideOf) {
  const server = await startRedis('tcp');
  context.where = server.socket;
  await context.startProcess();
  const side = await sideOf(context);
  return {
    ...side,
    async close() {
      context.far?.end();
      await side.close();
      await server.end();
    },
  };
}

/** How many commands of clients a server gets while `run` runs: those inside of scripts do not count. */
export async function commandsDuring(where, run) {
  const [monitor, marker] = [connect(where), connect(where)];
  await Promise.all([once(monitor, 'connect'), once(marker, 'connect')]);
  let told = '';
  monitor.setEncoding('utf8').on('data', (text) => (told += text));
  monitor.write('MONITOR\r\n');
  await until(() => told.startsWith('+OK'));
  await run();
  // What was answered before this has been told before it.
  marker.write('ECHO the-end\r\n');
  await until(() => told.includes('the-end'));
  monitor.destroy();
  marker.destroy();
  const commands = told.split('\r\n').filter((line) => /^\+[\d.]+ \[\d+ [^\]]+\]/.test(line));
  return commands.filter((line) => !/ lua\] |"the-end"$|\] "ping"$/i.test(line)).length;
}

async function until(check) {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Resolves when the server has said that clients may come. */
function ready(child) {
  return new Promise((resolve, reject) => {
    let log = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      log += text;
      if (/ready to accept connections/i.test(log)) resolve();
    });
    child.once('exit', () => reject(new Error(`redis-server has ended: ${log.trim().split('\n').at(-1)}`)));
  });
}

function program() {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'redis-server'))
    .find(isProgram);
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Redis cannot choose one by itself. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
