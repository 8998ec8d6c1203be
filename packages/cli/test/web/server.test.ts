import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createWebServer, request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { snapshot, WebServer } from '@mp/cli';
import { Lock } from '@mp/lock';
import { type Fixture, freshName, leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Update } from '../../src/web/changes.ts';
import { Live } from '../../src/web/live.ts';
import { MP, start, startWeb } from './web.ts';

leakCheck();

let run: Fixture;
let address: URL;

beforeAll(async () => {
  const web = await startWeb();
  run = web.run;
  address = new URL(web.address);
});
afterAll(() => run.kill('SIGINT'));

interface Answer {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Asks as a program would that chooses every byte: `fetch` corrects paths and refuses some headers. */
async function ask(path: string, { method = 'GET', host = address.host } = {}): Promise<Answer> {
  const asked = request({
    host: '127.0.0.1',
    port: address.port,
    path,
    method,
    headers: { host },
    agent: false,
  });
  asked.end();
  const [response] = await once(asked, 'response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** Reads updates as they come. */
async function* updatesOf(at: URL): AsyncGenerator<Update, void, undefined> {
  const asked = request(new URL('events', at), { agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  expect(response.headers['content-type']).toBe('text/event-stream');
  let rest = '';
  try {
    for await (const piece of response.setEncoding('utf8')) {
      const events = (rest + piece).split('\n\n');
      rest = events.pop() as string;
      for (const event of events) yield JSON.parse(event.replace(/^data: /, '')) as Update;
    }
  } finally {
    asked.destroy();
  }
}

describe('who gets an answer', () => {
  test('the address has a token of at least 128 bits, another one each time', async () => {
    const token = address.pathname.slice(1, -1);
    expect(token).toMatch(/^[\w-]{22,}$/);
    const other = await startWeb();
    expect(new URL(other.address).pathname).not.toBe(address.pathname);
    await other.run.kill('SIGINT');
  });

  test.each([
    ['no token', '/'],
    ['no token, a file', '/main.js'],
    ['a wrong token', '/AAAAAAAAAAAAAAAAAAAAAAAA/'],
    ['a wrong token, the events', '/AAAAAAAAAAAAAAAAAAAAAAAA/events'],
    ['the token somewhere else', '/x/TOKEN/'],
    ['half of the token', '/HALF/'],
    ['the token as a query', '/?TOKEN'],
    ['a whole address', 'http://127.0.0.1/TOKEN/'],
  ])('%s is refused with 403', async (_, path) => {
    const token = address.pathname.slice(1, -1);
    const answer = await ask(path.replace('TOKEN', token).replace('HALF', token.slice(0, token.length / 2)));
    expect(answer.status).toBe(403);
    expect(answer.body).toMatch(/^This address lacks the token: open the one that mp web has printed\n$/);
  });

  test.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1.evil.example:PORT',
    '127.0.0.1',
    '0.0.0.0:PORT',
  ])('a request for the host "%s" is refused: its name may lead here all the same', async (host) => {
    const answer = await ask(address.pathname, { host: host.replace('PORT', address.port) });
    expect([answer.status, answer.body]).toEqual([
      403,
      'This server answers at 127.0.0.1 and localhost only\n',
    ]);
  });

  test('localhost is another name for it', async () => {
    expect((await ask(address.pathname, { host: `localhost:${address.port}` })).status).toBe(200);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])('%s is refused', async (method) => {
    const { status, headers } = await ask(address.pathname, { method });
    expect([status, headers.allow]).toEqual([405, 'GET']);
  });

  test('only files of the page are served', async () => {
    const token = address.pathname.slice(0, -1);
    for (const path of [
      '/../package.json',
      '/..%2fpackage.json',
      '//etc/passwd',
      '/tsconfig.json',
      '/none.js',
    ]) {
      expect((await ask(token + path)).status, path).toBe(404);
    }
    for (const path of [
      '/',
      '/?x',
      '/main.js',
      '/page.css',
      '/icon.svg',
      '/uPlot.esm.js',
      '/uPlot.min.css',
    ]) {
      const { status, headers, body } = await ask(token + path);
      expect(status, path).toBe(200);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(Buffer.byteLength(body)).toBe(Number(headers['content-length']));
    }
    expect(await ask(token)).toMatchObject({ status: 308, headers: { location: `${token}/` } });
  });

  test('nothing may be loaded from elsewhere, no other page may read or show it', async () => {
    const { headers } = await ask(address.pathname);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; /);
    expect(headers['content-security-policy']).not.toMatch(/unsafe|http|\*|data:/);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cache-control']).toBe('no-store');
  });

  test('it listens on the loopback interface only', () => {
    const port = Number(address.port).toString(16).toUpperCase().padStart(4, '0');
    const sockets = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
      readFileSync(file, 'utf8').split('\n'),
    );
    // sl local_address rem_address st: 0A = listens.
    const listening = sockets
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => {
        return state === '0A' && local.endsWith(`:${port}`);
      });
    expect(listening.map(([, local]) => local)).toEqual([`0100007F:${port}`]);
  });
});

describe('the stream of updates', () => {
  const updates = () => updatesOf(address);

  test('has everything first, then what has changed', async () => {
    const name = freshName();
    const holder = start('hold-lock', name);
    expect([await holder.line(), await holder.line()]).toEqual(['asks', 'held']);
    let isWhole = true;
    let file = '';
    for await (const update of updates()) {
      expect(update.whole).toBe(isWhole);
      const lock = update.objects.changed.find((object) => object.name === name);
      if (isWhole) {
        expect(lock).toMatchObject({ kind: 'Lock', holders: [{ pid: holder.pid, role: 'owner' }] });
        expect(update.processes.changed.map(({ pid }) => pid)).toContain(holder.pid);
        file = lock!.file;
        holder.say('let go');
        expect(await holder.exited).toEqual({ code: 0, signal: null });
      } else if (lock !== undefined) expect(lock.holders).toEqual([]);
      if (!isWhole && update.processes.gone.includes(holder.pid)) break;
      isWhole = false;
    }
    const lock = new Lock({ name });
    lock.unlink();
    lock.close();
    for await (const update of updates()) {
      if (update.objects.changed.every((object) => object.file !== file)) break;
    }
  });

  test('two pages get the same, each all of it', async () => {
    const name = freshName();
    const holder = start('hold-lock', name);
    expect([await holder.line(), await holder.line()]).toEqual(['asks', 'held']);
    const streams = [updates(), updates()];
    for (const stream of streams) {
      const first = (await stream.next()).value as Update;
      expect(first.whole).toBe(true);
      expect(first.objects.changed.map((object) => object.name)).toContain(name);
    }
    for (const stream of streams) expect(((await stream.next()).value as Update).whole).toBe(false);
    for (const stream of streams) await stream.return();
    await holder.kill();
    const lock = new Lock({ name });
    lock.unlink();
    lock.close();
  });
});

test('a page sees what is shared, however many connections have taken the descriptors', async () => {
  const web = spawnFixture(MP, {
    args: ['web', '--interval', '100'],
    prefix: ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'],
  });
  const at = new URL(await web.line());
  const name = freshName();
  const lock = new Lock({ name });
  const stream = updatesOf(at);
  const first = (await stream.next()).value as Update;
  expect(first.objects.changed.map((object) => object.name)).toContain(name);
  // Those that find no descriptor are closed at once.
  const sockets: Socket[] = [];
  for (let isFull = false; !isFull; ) {
    const socket = connect(Number(at.port), '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    socket.once('close', () => {
      isFull = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const guard = lock.acquireSync();
  for await (const update of stream) {
    expect(update.objects.gone).toEqual([]);
    const seen = update.objects.changed.find((object) => object.name === name);
    if (seen?.holders[0]?.pid === process.pid) break;
  }
  for (const socket of sockets) socket.destroy();
  guard.release();
  lock.unlink();
  expect(await web.kill('SIGINT')).toEqual({ code: 0, signal: null });
});

test('a look that fails is told of, and the next one goes on', async () => {
  let looks = 0;
  const live = new Live(() => {
    if (++looks === 2) throw new Error('no "look"\nthis time');
    return snapshot();
  }, 20);
  await using server = createWebServer((_, response) => {
    response.writeHead(200);
    live.follow(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const asked = request({ host: '127.0.0.1', port, agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  let said = '';
  for await (const piece of response.setEncoding('utf8')) {
    said += piece;
    if (said.split('\n\n').length > 3) live.close();
  }
  const [before, problem, after] = said.split('\n\n');
  expect(before).toMatch(/^data: {"whole":true,/);
  expect(problem).toBe('event: problem\ndata: "Cannot look: no \\"look\\"\\nthis time"');
  expect(after).toMatch(/^data: {"whole":false,/);
});

test('a page that comes before any look has succeeded gets everything by the first that does', async () => {
  let fails = true;
  const live = new Live(() => {
    if (fails) throw new Error('not yet');
    return snapshot();
  }, 20);
  await using server = createWebServer((_, response) => {
    response.writeHead(200);
    live.follow(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const open = async () => {
    const asked = request({ host: '127.0.0.1', port, agent: false });
    asked.end();
    const [response] = await once(asked, 'response');
    return response.setEncoding('utf8');
  };
  const first = await open();
  const second = await open();
  first.resume();
  let said = '';
  for await (const piece of second) {
    said += piece;
    if (fails && said.includes('\n\n')) fails = false;
    if (said.includes('"whole":true')) live.close();
  }
  const events = said.split('\n\n').filter((event) => !event.startsWith('event: problem'));
  expect(events[0]).toMatch(/^data: {"whole":true,/);
});

describe('the command', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends with code 0 on %s, also with a page open',
    async (signal) => {
      const web = await startWeb();
      const asked = request(new URL('events', web.address), { agent: false });
      asked.end();
      const [response] = await once(asked, 'response');
      const stream = text(response);
      expect(await web.run.kill(signal), web.run.stderr).toEqual({ code: 0, signal: null });
      expect(await stream).toMatch(/event: end\ndata: 0\n\n$/);
      expect(await web.run.rest()).toEqual([]);
    },
  );

  test('says when the port is in use, and how to choose another one', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const web = spawnFixture(MP, { args: ['web', '--port', String(port)] });
    expect(await web.exited).toEqual({ code: 1, signal: null });
    expect(web.stderr).toMatch(
      /^Cannot serve at port \d+: .*EADDRINUSE.* Choose another one by --port, or 0 for a free one\n$/,
    );
    taken.close();
  });

  test('refuses numbers that are out of range', async () => {
    await expect(WebServer.start({ port: 65_536 })).rejects.toThrow(
      '`port` must be a whole number from 0 to 65535, not 65536',
    );
    await expect(WebServer.start({ interval: 99 })).rejects.toThrow(
      /`interval` must be .* from 100 to 60000, not 99/,
    );
    await expect(WebServer.start({ interval: 100.5 })).rejects.toThrow(RangeError);
  });
});

test('a server in one’s own program: start, close, close again', async () => {
  const server = await WebServer.start();
  expect(server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/$/);
  await server.close();
  await server.close();
  await expect(fetch(server.address)).rejects.toThrow();
});
