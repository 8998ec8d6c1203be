import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf, eventually, isRunning, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ctrlC, demo, inTerminal, lineLike } from './program.ts';
import { MAIN } from './tour.ts';

leakCheck();

let folder: string;
const servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mp-download-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** Serves HTTP in this process. @returns where, without a slash at the end */
async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const download = (...args: string[]) => demo(['download', ...args, '--to', folder]);

/** The table: the cells of each row, without the empty ones. */
function rowsOf(lines: readonly string[]): string[][] {
  const head = lines.findIndex((line) => /^file +from +bytes +attempts +result$/.test(line));
  return lines.slice(head + 1).map((line) => line.split(/ {2,}/));
}

const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const HOST = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
const RIGHT = 'ok, the hash is right';
/** Where a server is silent on purpose, or this machine may be slow. */
const PATIENT = ['--silence', '60000'];

describe('from local servers', () => {
  test('gets what can be had, and says what failed and why', async () => {
    const { code, lines, stderr } = await download();
    expect(rowsOf(lines).slice(0, 6), `${lines.join('\n')}\n${stderr}`).toEqual([
      ['letters.txt', HOST, '300000', '1', RIGHT],
      ['map.png', HOST, '1200000', '1', RIGHT],
      ['film.mp4', HOST, '400000', '1', RIGHT],
      ['photo.jpg', HOST, '250000', '3', RIGHT],
      ['song.ogg', HOST, '500000', '3', RIGHT],
      ['report.pdf', HOST, '4', 'failed: 500 Internal Server Error'],
    ]);
    expect(code).toBe(1);
    expect(lines.at(-2)).toMatch(/^5 of 6 files are in /);
    expect(lines.at(-1)).toMatch(/^at most [123] at the same time, as the servers counted$/);
    const photo = lines.filter((line) => line.startsWith('photo.jpg: '));
    expect(photo).toEqual([
      expect.stringMatching(/^photo\.jpg: .*closed.*; again in \d+ ms$/),
      expect.stringMatching(/^photo\.jpg: its SHA-256 is [\da-f]{8}…, not [\da-f]{8}…; again in \d+ ms$/),
    ]);
    expect(stderr).toMatch(/^6 of 6 files, 100 %, 2\.[67] MB$/m);
    const files = ['film.mp4', 'letters.txt', 'map.png', 'photo.jpg', 'song.ogg'];
    expect(readdirSync(folder).sort()).toEqual(files);
    expect(files.map((file) => readFileSync(join(folder, file)).length)).toEqual([
      400_000, 300_000, 1_200_000, 250_000, 500_000,
    ]);
  });

  test('Ctrl-C leaves neither processes nor half a file', async () => {
    const run = inTerminal(['download', '--to', folder]);
    await lineLike(run, / {2}good, pid \d+$/);
    const children = childrenOf(run.pid);
    // All downloads take a second or two, and may be over: then one has failed.
    expect([130, 1]).toContain((await ctrlC(run)).code);
    expect(readdirSync(folder).filter((file) => file.startsWith('.'))).toEqual([]);
    expect(children.filter(isRunning)).toEqual([]);
  });
});

describe('from given URLs', () => {
  test('with and without hashes', async () => {
    const content = randomBytes(300_000);
    const host = await served((_, response) => response.end(content));
    const urls = [`${host}/a.bin#sha256=${hashOf(content)}`, `${host}/deep/b.bin?c=/d`, `${host}/deep/`];
    const { code, lines, stderr } = await download(...urls);
    expect(code, stderr).toBe(0);
    expect(rowsOf(lines).slice(0, 3)).toEqual([
      ['a.bin', HOST, '300000', '1', RIGHT],
      ['b.bin', HOST, '300000', '1', 'ok'],
      ['index.html', HOST, '300000', '1', 'ok'],
    ]);
    for (const file of ['a.bin', 'b.bin', 'index.html'])
      expect(readFileSync(join(folder, file)).equals(content)).toBe(true);
  });

  test('names stay in the folder, and are not taken twice', async () => {
    const host = await served((request, response) => response.end(request.url));
    const urls = ['/a', '/b/a', '/..%2f..%2fetc', '/%1b[31m', '/%ff'].map((path) => host + path);
    const { code, stderr } = await download(...urls);
    expect(code, stderr).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['%ff', '.._.._etc', '_[31m', 'a', 'a.1']);
    expect(readFileSync(join(folder, 'a.1'), 'utf8')).toBe('/b/a');
  });

  test('what is not there is asked for once; what is wrong again and again, after growing pauses', async () => {
    const asked = new Map<string, number[]>();
    const host = await served((request, response) => {
      const path = String(request.url);
      asked.set(path, [...(asked.get(path) ?? []), performance.now()]);
      if (path === '/missing') response.writeHead(404).end();
      else response.end('something');
    });
    const wrong = `${host}/wrong#sha256=${hashOf(Buffer.from('another thing'))}`;
    const { code, lines } = await download(`${host}/missing`, wrong, `${host}/right`);
    expect(code).toBe(1);
    expect(rowsOf(lines).slice(0, 3)).toEqual([
      ['missing', HOST, '1', 'failed: 404 Not Found'],
      ['wrong', HOST, '4', expect.stringMatching(/^failed: its SHA-256 is 3fc9b689…, not [\da-f]{8}…$/)],
      ['right', HOST, '9', '1', 'ok'],
    ]);
    expect(readdirSync(folder)).toEqual(['right']);
    expect(asked.get('/missing')).toHaveLength(1);
    const times = asked.get('/wrong') as number[];
    const pauses = times.slice(1).map((time, index) => time - times[index]);
    expect(pauses).toHaveLength(3);
    // Half of a pause is chance; a timer may be a millisecond early.
    for (const [index, least] of [100, 200, 400].entries()) expect(pauses[index]).toBeGreaterThan(least - 2);
  });

  test('never more at the same time than there are workers', async () => {
    let now = 0;
    let most = 0;
    const host = await served(async (_, response) => {
      most = Math.max(most, ++now);
      // The first one waits for the second; more than these would come while both wait.
      await eventually('there are two', () => most > 1, { within: 20_000 });
      await delay(100);
      now--;
      response.end('x');
    });
    const urls = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${host}/${name}`);
    const { code } = await download(...urls, '--workers', '2', ...PATIENT);
    expect([code, most]).toEqual([0, 2]);
  });

  test('a server that nobody runs, and one that says nothing', async () => {
    // No system gives out this port by itself, and `fetch` does not refuse it as it refuses 1.
    const gone = await download('http://127.0.0.1:2/a', ...PATIENT);
    expect(gone.code).toBe(1);
    const refused = expect.stringMatching(/^failed: connect ECONNREFUSED /);
    expect(rowsOf(gone.lines)[0]).toEqual(['a', '127.0.0.1:2', '4', refused]);
    const host = await served(() => {});
    const silent = await download(`${host}/b`, '--silence', '200');
    expect(silent.code).toBe(1);
    expect(rowsOf(silent.lines)[0]).toEqual(['b', HOST, '4', 'failed: nothing came for 0.2 s']);
  });

  test('Ctrl-C in the middle of three files leaves neither processes nor any of them', async () => {
    let asked = 0;
    const host = await served((_, response) => {
      asked++;
      response.setHeader('content-length', 5_000);
      response.write('the beginning, and nothing more');
    });
    const urls = ['a', 'b', 'c'].map((name) => `${host}/${name}`);
    const run = inTerminal(['download', ...urls, '--to', folder, ...PATIENT]);
    await eventually('the server is asked for all', () => asked === 3);
    const children = childrenOf(run.pid);
    expect(children).toHaveLength(3);
    expect(await ctrlC(run)).toEqual({ code: 130, signal: null });
    expect(readdirSync(folder)).toEqual([]);
    expect(children.filter(isRunning)).toEqual([]);
  });

  /** A server that stops in the middle of its first answer. */
  async function stuckOnce(content: Buffer) {
    let requests = 0;
    const host = await served((_, response) => {
      response.setHeader('content-length', content.length);
      if (++requests === 1) response.write(content.subarray(0, 1000));
      else response.end(content);
    });
    return { url: `${host}/a#sha256=${hashOf(content)}`, isAsked: () => requests > 0 };
  }

  test('another worker does the work of one that is killed', async () => {
    const content = randomBytes(5_000);
    const { url, isAsked } = await stuckOnce(content);
    const run = spawnFixture(MAIN, { args: ['download', url, '--to', folder, ...PATIENT] });
    await eventually('the server is asked', isAsked);
    const [worker] = childrenOf(run.pid);
    process.kill(worker, 'SIGKILL');
    const lines = await run.rest();
    expect(await run.exited, run.stderr).toEqual({ code: 0, signal: null });
    expect(rowsOf(lines)[0]).toEqual(['a', HOST, '5000', '2', RIGHT]);
    expect(readFileSync(join(folder, 'a')).equals(content)).toBe(true);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s in the middle leaves nothing', async (signal) => {
    const { url, isAsked } = await stuckOnce(randomBytes(5_000));
    const run = spawnFixture(MAIN, { args: ['download', url, '--to', folder, ...PATIENT] });
    await eventually('the server is asked', isAsked);
    const workers = childrenOf(run.pid);
    expect([workers.length, readdirSync(folder).length]).toEqual([1, 1]);
    const number = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }[signal];
    expect(await run.kill(signal)).toEqual({ code: 128 + number, signal: null });
    expect(readdirSync(folder)).toEqual([]);
    expect(workers.filter(isRunning)).toEqual([]);
  });
});

describe('what it does not begin', () => {
  test.each([
    [['--workers', '0'], '--workers must be a whole number from 1 to 64, not "0"'],
    [['--silence', 'long'], '--silence must be a whole number from 1 to 3600000, not "long"'],
    [['ftp://host/file'], 'ftp://host/file is not a URL of HTTP, like https://host/file'],
    [['file'], 'file is not a URL of HTTP, like https://host/file'],
    [['http://host/a#sha256=12'], '#sha256=12 is not #sha256= and 64 hexadecimal digits'],
    [['--what'], "Unknown option '--what'"],
  ])('%s is answered with the usage', async (args, message) => {
    const { code, lines, stderr } = await download(...args);
    expect([code, lines]).toEqual([2, []]);
    expect(stderr.startsWith(message), stderr).toBe(true);
    expect(stderr).toContain('npm run demo -- download <url>...');
  });

  test('without its folder', async () => {
    const { code, stderr } = await demo([
      'download',
      'http://127.0.0.1:1/a',
      '--to',
      join(folder, 'nowhere'),
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Cannot download to .*nowhere: ENOENT[^\n]*\n$/);
  });
});
