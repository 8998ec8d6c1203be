import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Certificates, makeCertificates } from './certificates.ts';
import { run } from './program.ts';

leakCheck();
const authKey = 'the key';
let folder: string;
let certificates: Certificates;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mp-test-ways-'));
  certificates = makeCertificates();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  certificates.remove();
});

interface Plan {
  address: object;
  serve?: object;
  connect?: object;
  env?: Record<string, string>;
}

async function runOver({ address, serve = {}, connect = {}, env = {} }: Plan) {
  const order = { address, options: { authKey, ...serve } };
  const server = spawnFixture(new URL('fixtures/store-server.mjs', import.meta.url), {
    args: [JSON.stringify(order)],
  });
  try {
    const found = JSON.parse(await server.line());
    const client = { address: found, options: { authKey, ...connect } };
    return await run('ways.mjs', JSON.stringify(client), { env });
  } finally {
    server.say('shutdown');
    await server.exited;
  }
}

const EXPECTED = {
  calls: {
    many: true,
    title: 'changed',
    echoed: true,
    items: [1, 2, 3],
    task: 7,
  },
  errors: {
    thrown: { name: 'RangeError', message: 'too far' },
    unexposed: { code: 'ERR_MP_NOT_FOUND' },
    unsendable: { code: 'ERR_MP_SERIALIZATION' },
    after: 2,
  },
  references: { same: true, back: true, piped: 5, chained: 1 },
  cancel: { late: 'ERR_MP_TIMEOUT', reason: 'enough' },
  big: { right: [true, true, true, true] },
  handedOn: { exitCode: 0, ten: 10 },
  code: 0,
};

const NEAR = { ...EXPECTED, segments: 'taken' };
const FAR = { ...EXPECTED, segments: 'ERR_MP_SERIALIZATION' };

test('the same calls to a server process that the program has started, by a pipe', async () => {
  expect(await run('ways.mjs', JSON.stringify({ way: 'start' }))).toMatchObject(NEAR);
});

test('… over a Unix socket, near', async () => {
  expect(await runOver({ address: { path: join(folder, 'socket') } })).toMatchObject(NEAR);
});

test('… over TCP, near', async () => {
  expect(await runOver({ address: { host: '127.0.0.1', port: 0 } })).toMatchObject(NEAR);
});

/** The segments of a client with another directory are not those of the server. */
function elsewhere(): Record<string, string> {
  return { MP_DIR: mkdtempSync(join(folder, 'far-')) };
}

test('… over TCP, far', async () => {
  const plan = { address: { host: '127.0.0.1', port: 0 }, env: elsewhere() };
  expect(await runOver(plan)).toMatchObject(FAR);
});

test('… over TLS, near', async () => {
  const { ca, server } = certificates;
  const plan = { address: { host: '127.0.0.1', port: 0 }, serve: { tls: server }, connect: { tls: { ca } } };
  expect(await runOver(plan)).toMatchObject(NEAR);
});

test('… over TLS, far', async () => {
  const { ca, server } = certificates;
  const tls = { serve: { tls: server }, connect: { tls: { ca } } };
  expect(await runOver({ address: { host: '127.0.0.1', port: 0 }, ...tls, env: elsewhere() })).toMatchObject(
    EXPECTED,
  );
});
