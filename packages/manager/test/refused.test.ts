import { once } from 'node:events';
import { Manager, type ManagerServer } from '@mp/manager';
import { eventually, leakCheck } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';
import { makeCertificates } from './certificates.ts';
import { errorOf } from './here.ts';
import { Insider, Stranger, type TcpAddress } from './hostile-client.ts';

leakCheck();

const authKey = 'the key';
let server: ManagerServer;

interface Refusal {
  readonly error: Error & { code?: string };
  readonly from: unknown;
}

async function serve(options: object = {}): Promise<TcpAddress> {
  server = await Manager.serve({ host: '127.0.0.1', port: 0 }, { authKey, ...options });
  return server.address as TcpAddress;
}

async function refusal(): Promise<Refusal> {
  const [error, from] = await once(server, 'refused');
  return { error, from };
}

const fromHere = { host: '127.0.0.1', port: expect.any(Number) };

afterEach(() => server.shutdown());

test('a client with another key', async () => {
  const address = await serve();
  const refused = refusal();
  await errorOf(Manager.connect(address, { authKey: 'another' }));
  expect(await refused).toMatchObject({ error: { code: 'ERR_MP_AUTHENTICATION' }, from: fromHere });
});

test('over TLS: a client without it, and one with another key', async () => {
  const certificates = makeCertificates();
  try {
    const address = await serve({ tls: certificates.server });
    const plain = refusal();
    const stranger = new Stranger(address);
    stranger.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect(await plain).toMatchObject({ error: { code: expect.stringMatching(/SSL/) }, from: fromHere });
    await stranger.closed;
    const wrong = refusal();
    await errorOf(Manager.connect(address, { authKey: 'another', tls: { ca: certificates.ca } }));
    expect(await wrong).toMatchObject({ error: { code: 'ERR_MP_AUTHENTICATION' }, from: fromHere });
  } finally {
    certificates.remove();
  }
});

test('one of another version', async () => {
  const address = await serve();
  const wrong = refusal();
  const insider = await Insider.connect(address, authKey, { version: 99, near: false });
  expect((await wrong).error).toMatchObject({
    code: 'ERR_MP_MISMATCH',
    message: expect.stringContaining('99'),
  });
  await insider.ended();
});

test('one for which there is no place', async () => {
  const address = await serve({ limits: { clients: 1 } });
  const manager = await Manager.connect(address, { authKey });
  const refused = refusal();
  expect((await errorOf(Manager.connect(address, { authKey }))).code).toBe('ERR_MP_LIMIT');
  expect(await refused).toMatchObject({ error: { code: 'ERR_MP_LIMIT' }, from: fromHere });
  await manager.close();
});

test.each([
  ['what is no list', 7, 'ERR_MP_MISMATCH'],
  ['an operation that there is not', [0, [-99]], 'ERR_MP_MISMATCH'],
  ['a message beyond the limit', [0, 'x'.repeat(100_000)], undefined],
])('one that sends %s', async (_, message, code) => {
  const address = await serve({ limits: { messageBytes: 10_000 } });
  const insider = await Insider.connect(address, authKey);
  await insider.dict();
  const refused = refusal();
  await insider.send(message).catch(() => {});
  const { error, from } = await refused;
  expect([error instanceof Error, from]).toEqual([true, fromHere]);
  if (code !== undefined) expect(error.code).toBe(code);
  await insider.ended();
});

test('clients that leave are not refused', async () => {
  const address = await serve();
  const refusals: unknown[] = [];
  server.on('refused', (error) => refusals.push(error.message));
  const manager = await Manager.connect(address, { authKey });
  await manager.dict();
  await manager.close();
  const insider = await Insider.connect(address, authKey);
  await insider.dict();
  insider.close();
  await eventually('both have gone', () => server.clients === 0);
  const last = refusal();
  await errorOf(Manager.connect(address, { authKey: 'another' }));
  await last;
  expect(refusals).toHaveLength(1);
});
