import { X509Certificate } from 'node:crypto';
import { connect as connectRaw } from 'node:net';
import { Manager, type ManagerServer } from '@mp/manager';
import { connectTls } from '@mp/pipe/internal';
import { leakCheck } from '@mp/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Certificates, makeCertificates } from './certificates.ts';

leakCheck();

const authKey = 'the key';
const anyPort = { host: '127.0.0.1', port: 0 };
let certificates: Certificates;
let server: ManagerServer | undefined;

beforeAll(() => {
  certificates = makeCertificates();
});

afterAll(() => certificates.remove());

afterEach(async () => {
  await server?.shutdown();
  server = undefined;
});

async function serve(options: object): Promise<{ host: string; port: number }> {
  server = await Manager.serve(anyPort, { authKey, ...options });
  return server.address as { host: string; port: number };
}

async function use(address: { host: string; port: number }, options: object): Promise<number> {
  const manager = await Manager.connect(address, { authKey, ...options });
  try {
    const { clients } = await manager.stats();
    return clients;
  } finally {
    await manager.close();
  }
}

test('a certificate that nothing trusted has signed is refused, with the way out', async () => {
  const address = await serve({ tls: certificates.stranger });
  const error = await use(address, { tls: { ca: certificates.ca } }).catch((caught) => caught);
  expect(error).toMatchObject({ code: 'ERR_MP_AUTHENTICATION' });
  expect(error.message).toMatch(/not trusted.*\{ tls: \{ ca \} \}/);
  expect(await use(address, { tls: { ca: certificates.stranger.cert } })).toBe(1);
});

test('a certificate of another host is refused', async () => {
  const address = await serve({ tls: certificates.server });
  const tls = { ca: certificates.ca, servername: 'elsewhere.example' };
  await expect(use(address, { tls })).rejects.toMatchObject({ code: 'ERR_MP_AUTHENTICATION' });
});

test('the key is asked for over TLS, too', async () => {
  const address = await serve({ tls: certificates.server });
  await expect(use(address, { authKey: 'another', tls: { ca: certificates.ca } })).rejects.toMatchObject({
    code: 'ERR_MP_AUTHENTICATION',
  });
});

test('a server may ask for a certificate besides', async () => {
  const { ca, server: own, client } = certificates;
  const address = await serve({ tls: { ...own, ca, requestCert: true } });
  expect(await use(address, { tls: { ca, ...client } })).toBe(1);
  await expect(use(address, { tls: { ca } })).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
  await expect(use(address, { tls: { ca, ...certificates.stranger } })).rejects.toMatchObject({
    code: 'ERR_MP_CLOSED',
  });
});

test('who has a reference trusts the one certificate that it names, and no other', async () => {
  const address = await serve({ tls: certificates.server });
  const { fingerprint256 } = new X509Certificate(certificates.server.cert);
  const { fingerprint256: another } = new X509Certificate(certificates.stranger.cert);
  const transport = await connectTls(address, { authKey, tls: true, fingerprint: fingerprint256 });
  transport.close();
  await expect(connectTls(address, { authKey, tls: true, fingerprint: another })).rejects.toMatchObject({
    code: 'ERR_MP_AUTHENTICATION',
  });
  await expect(connectTls(address, { authKey, tls: true })).rejects.toMatchObject({
    code: 'ERR_MP_AUTHENTICATION',
  });
});

test('a client without TLS at a server with it hears why, in time', async () => {
  const address = await serve({ tls: certificates.server });
  const error = await use(address, {}).catch((caught) => caught);
  expect(error).toMatchObject({ code: 'ERR_MP_CLOSED' });
  expect(error.message).toContain('If the server speaks TLS, pass { tls }');
  await expect(use(address, { authKey: undefined })).rejects.toThrow(
    'If the server speaks TLS, pass { tls }',
  );
});

test('a client with TLS at a server without it hears why, at once', async () => {
  const address = await serve({});
  const error = await use(address, { tls: { ca: certificates.ca } }).catch((caught) => caught);
  expect(error).toMatchObject({ code: 'ERR_MP_MISMATCH' });
  expect(error.message).toContain('does not speak it. Leave out { tls }');
  const open = await serveWithoutKey();
  await expect(use(open.address, { authKey: undefined, tls: true })).rejects.toThrow('leave out { tls }');
  await open.shutdown();
});

function serveWithoutKey() {
  return Manager.serve(anyPort) as Promise<ManagerServer & { address: { host: string; port: number } }>;
}

test('what is no certificate, no option or no place for TLS is an error where it is given', async () => {
  await expect(serve({ tls: { key: 'x', cert: 'y' } })).rejects.toThrow();
  await expect(serve({ tls: {} })).rejects.toThrow('tls needs a key and a cert');
  await expect(serve({ tls: { ...certificates.server, cipher: 'x' } })).rejects.toThrow('cipher');
  await expect(Manager.serve({ path: '/tmp/x' }, { authKey, tls: certificates.server })).rejects.toThrow(
    'TLS is for { host, port }',
  );
  await expect(Manager.connect({ path: '/tmp/x' }, { authKey, tls: true })).rejects.toThrow(
    'TLS is for { host, port }',
  );
});

test('a server with TLS listens to other machines with a key only', async () => {
  await expect(Manager.serve({ host: '0.0.0.0', port: 0 }, { tls: certificates.server })).rejects.toThrow(
    'without an authKey',
  );
});

test('strangers who say nothing take the place of nobody who does', async () => {
  const address = await serve({ tls: certificates.server });
  const strangers = Array.from({ length: 2_000 }, () => {
    const socket = connectRaw(address);
    return socket.on('error', () => {});
  });
  const clients = Array.from({ length: 10 }, () => use(address, { tls: { ca: certificates.ca } }));
  expect(Math.min(...(await Promise.all(clients)))).toBeGreaterThan(0);
  for (const each of strangers) each.destroy();
});
