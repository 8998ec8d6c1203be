import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { childrenOf, eventually, type Fixture, isRunning, leakCheck } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { pauseAfter } from '../src/serve/supervisor.ts';
import { ctrlC, demo, inTerminal, lineLike } from './program.ts';

leakCheck();

/** Begins a request by a connection of its own. */
function begin(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, resolve).on('error', reject);
  });
}

/** The pid of the worker that answers. */
async function pidAt(url: string): Promise<number> {
  return Number(await text(await begin(url)));
}

async function statsAt(url: string) {
  return JSON.parse(await text(await begin(`${url}stats`)));
}

async function startServer(
  workers: number,
  env?: Record<string, string>,
): Promise<{ run: Fixture; url: string; pids: number[] }> {
  const run = inTerminal(['serve', '--port', '0', '--workers', String(workers)], env);
  const pids: number[] = [];
  for (let count = 0; count < workers; count++)
    pids.push(Number((await lineLike(run, /^worker (\d+) serves$/))[1]));
  const [, url] = await lineLike(run, /^(http:\/\/127\.0\.0\.1:\d+\/) is served by \d+ workers$/);
  return { run, url, pids };
}

/** Why nobody answers there. */
function errorAt(url: string): Promise<string | undefined> {
  return begin(url).then(
    (response) => void response.destroy(),
    (error: NodeJS.ErrnoException) => error.code,
  );
}

/** Ends it, and looks whether anything is left. */
async function end(run: Fixture, url: string): Promise<void> {
  const workers = childrenOf(run.pid);
  expect(await run.kill('SIGTERM'), run.stderr).toEqual({ code: 0, signal: null });
  expect(workers.filter(isRunning)).toEqual([]);
  await expect(begin(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
}

describe('requests', () => {
  test('are answered by all workers, which count together', async () => {
    const { run, url, pids } = await startServer(2);
    const answers = new Map<number, number>();
    const count = (pid: number) => answers.set(pid, (answers.get(pid) ?? 0) + 1);
    await eventually('both have answered', async () => {
      for (const pid of await Promise.all([pidAt(url), pidAt(url), pidAt(url), pidAt(url)])) count(pid);
      return answers.size === 2;
    });
    expect([...answers.keys()].sort()).toEqual([...pids].sort());
    const hits = [...answers.values()].reduce((sum, each) => sum + each, 0);
    expect(await statsAt(url)).toEqual({ hits, workers: Object.fromEntries(answers) });
    const missing = await begin(`${url}missing`);
    expect([missing.statusCode, await text(missing)]).toEqual([404, 'There are /, /slow/<ms> and /stats\n']);
    await end(run, url);
  });

  test('wait for a worker while there is none', async () => {
    const { run, url, pids } = await startServer(1);
    process.kill(pids[0], 'SIGKILL');
    await lineLike(run, /another one starts in 100 ms$/);
    expect(await pidAt(url)).not.toBe(pids[0]);
    await end(run, url);
  });
});

describe('a dead worker', () => {
  test('is replaced after pauses that grow, and its hits stay', async () => {
    const { run, url, pids } = await startServer(1);
    let [pid] = pids;
    expect(await pidAt(url)).toBe(pid);
    for (const pause of [100, 200, 400]) {
      process.kill(pid, 'SIGKILL');
      expect(await run.line()).toBe(`worker ${pid} was ended by signal 9: another one starts in ${pause} ms`);
      pid = Number((await lineLike(run, /^worker (\d+) serves$/))[1]);
    }
    expect(await pidAt(url)).toBe(pid);
    expect(await statsAt(url)).toEqual({ hits: 2, workers: { [pids[0]]: 1, [pid]: 1 } });
    await end(run, url);
  });

  test('is not waited for longer than the longest pause', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 100].map(pauseAfter)).toEqual([
      100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000,
    ]);
  });
});

describe('the end', () => {
  test.each([
    ['SIGTERM', (run: Fixture) => run.kill('SIGTERM')],
    ['Ctrl-C, which all processes get', ctrlC],
  ])('by %s comes when the requests under way are finished', async (_, tell) => {
    const { run, url, pids } = await startServer(2);
    const response = await begin(`${url}slow/1500`);
    const ended = tell(run);
    // The others are gone; the one with the request goes on.
    await eventually('one has ended', () => pids.filter(isRunning).length <= 1);
    expect(await text(response)).toMatch(/^wait\n\d+\n$/);
    expect(await ended, run.stderr).toEqual({ code: 0, signal: null });
    expect(await run.rest()).toEqual([
      'told to end: the requests under way are finished',
      'all workers have ended',
    ]);
    expect(pids.filter(isRunning)).toEqual([]);
    await expect(begin(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('does not wait for a client that asks nothing', async () => {
    const { run, url } = await startServer(1);
    const silent = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
    silent.on('error', () => {});
    await once(silent, 'connect');
    await pidAt(url);
    await end(run, url);
    silent.destroy();
  });

  test('cuts off a request that takes longer than ten seconds, and says so', async () => {
    const { run, url } = await startServer(1);
    const response = await begin(`${url}slow/60000`);
    const reading = expect(text(response)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await run.kill('SIGTERM'), run.stderr).toEqual({ code: 1, signal: null });
    await reading;
    expect((await run.rest()).at(-1)).toBe('some workers did not end in time, and were killed');
  });

  test('comes at once by a second Ctrl-C', async () => {
    const { run, url, pids } = await startServer(1);
    const response = await begin(`${url}slow/60000`);
    const reading = expect(text(response)).rejects.toMatchObject({ code: 'ECONNRESET' });
    // One that comes right behind the first is taken for the same.
    await eventually('it has ended', () => !isRunning(run.pid) || !process.kill(run.pid, 'SIGINT'));
    expect(await run.exited).toEqual({ code: 130, signal: null });
    await reading;
    await eventually('the worker is gone', () => pids.filter(isRunning).length === 0);
  });

  test('by SIGKILL of the supervisor takes the workers along', async () => {
    const { run, url, pids } = await startServer(2);
    await run.kill();
    await eventually('the workers are gone', () => pids.filter(isRunning).length === 0);
    // A process that has ended may have threads that end a moment later.
    await eventually('the port is free', async () => (await errorAt(url)) === 'ECONNREFUSED');
  });
});

test('SIGUSR2 replaces all workers, and no request is lost', async () => {
  const { run, url, pids } = await startServer(2);
  let isOver = false;
  let answers = 0;
  const clients = [1, 2, 3].map(async () => {
    for (; !isOver; answers++) await pidAt(url);
  });
  process.kill(run.pid, 'SIGUSR2');
  const heirs = [];
  for (const _ of pids) heirs.push(Number((await lineLike(run, /^worker (\d+) serves$/))[1]));
  await eventually('the old ones are gone', () => pids.filter(isRunning).length === 0);
  const before = answers;
  await eventually('the new ones answer', () => answers > before + 20);
  isOver = true;
  // Rejects if one request got no answer.
  await Promise.all(clients);
  expect(heirs.filter(isRunning)).toEqual(heirs);
  expect(heirs).toContain(await pidAt(url));
  await end(run, url);
});

test('SIGUSR2 once more, while an old worker finishes a request, leaves as many workers as before', async () => {
  const { run, url } = await startServer(1);
  const response = await begin(`${url}slow/3000`);
  for (let count = 0; count < 2; count++) {
    process.kill(run.pid, 'SIGUSR2');
    await lineLike(run, /^worker \d+ serves$/);
  }
  expect(await text(response)).toMatch(/^wait\n\d+\n$/);
  await eventually('there is one', () => childrenOf(run.pid).length === 1);
  await end(run, url);
});

test('SIGUSR2 leaves the old workers where a new one dies at its start, and works the next time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mp-serve-'));
  const fatal = join(folder, 'fatal');
  const { run, url, pids } = await startServer(2, {
    NODE_OPTIONS: `--import ${new URL('./fixtures/die-at-start.mjs', import.meta.url)}`,
    DIE_WHILE: fatal,
  });
  for (let count = 0; count < 2; count++) {
    writeFileSync(fatal, '');
    process.kill(run.pid, 'SIGUSR2');
    expect(await run.line()).toBe('the other workers are not replaced: a new one died at its start');
    await eventually('only the old ones are there', () => childrenOf(run.pid).length === 2);
    expect(pids.filter(isRunning)).toEqual(pids);
    expect(pids).toContain(await pidAt(url));
  }
  rmSync(folder, { recursive: true });
  process.kill(run.pid, 'SIGUSR2');
  for (const _ of pids) await lineLike(run, /^worker (\d+) serves$/);
  await eventually('the old ones are gone', () => pids.filter(isRunning).length === 0);
  await end(run, url);
});

test('the end lets a worker that was replaced finish its request, too', async () => {
  const { run, url } = await startServer(1);
  const response = await begin(`${url}slow/3000`);
  process.kill(run.pid, 'SIGUSR2');
  const [, heir] = await lineLike(run, /^worker (\d+) serves$/);
  const ended = run.kill('SIGTERM');
  await eventually('the new one has ended', () => !isRunning(Number(heir)));
  expect(await text(response)).toMatch(/^wait\n\d+\n$/);
  expect(await ended, run.stderr).toEqual({ code: 0, signal: null });
});

test('--demo kills a worker, and goes on', async () => {
  const { code, lines, stderr } = await demo(['serve', '--demo', '--workers', '3']);
  const all = lines.join('\n');
  expect(code, `${all}\n${stderr}`).toBe(0);
  const [, killed] = /^worker (\d+) is killed by SIGKILL$/m.exec(all) as RegExpExecArray;
  expect(all).toMatch(
    new RegExp(`^worker ${killed} was ended by signal 9: another one starts in 100 ms$`, 'm'),
  );
  expect(all).toMatch(new RegExp(`^${killed} +\\d+ +killed$`, 'm'));
  expect(all).toMatch(/^\d+ +\d+ +new$/m);
  expect(all).toMatch(
    /^\d{3,} requests, all answered; \d+ of them were lost with the worker, and asked again$/m,
  );
  expect(lines.at(-1)).toBe('told to end in the middle of a request: it was finished');
});

describe('what cannot begin', () => {
  test('a server whose port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, lines, stderr } = await demo(['serve', '--port', String(port)]);
    server.close();
    expect([code, lines]).toEqual([1, []]);
    expect(stderr).toMatch(
      new RegExp(`^Cannot serve at 127\\.0\\.0\\.1:${port}: .*EADDRINUSE.*by --port.*\\n$`),
    );
  });

  test('a server at an address that this machine does not have', async () => {
    const { code, stderr } = await demo(['serve', '--host', '192.0.2.1', '--port', '0']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Cannot serve at 192\.0\.2\.1:0: [^\n]*EADDRNOTAVAIL[^\n]*\n$/);
  });

  test.each([
    [['--port', 'eighty'], '--port must be a whole number from 0 to 65535, not "eighty"'],
    [['--workers', '65'], '--workers must be a whole number from 1 to 64, not "65"'],
    [['now'], 'Cannot understand now'],
    [['--what'], "Unknown option '--what'"],
  ])('%s is answered with the usage', async (args, message) => {
    const { code, lines, stderr } = await demo(['serve', ...args]);
    expect([code, lines]).toEqual([2, []]);
    expect(stderr.startsWith(message), stderr).toBe(true);
    expect(stderr).toContain('npm run demo -- serve --demo');
  });
});
