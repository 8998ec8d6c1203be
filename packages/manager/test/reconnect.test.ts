import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Manager } from '@mp/manager';
import { eventually, type Fixture, leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Insider, type TcpAddress } from './hostile-client.ts';

leakCheck();

const authKey = 'the key';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mp-test-reconnect-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface RemoteStore {
  add(a: number, b: number): Promise<number>;
  never(): Promise<never>;
  put(key: string, value: unknown): Promise<void>;
  later(value: number): Promise<number>;
}

type StoreManager = Manager & { Store(): Promise<RemoteStore> };

async function connect(address: object, options: object = {}): Promise<StoreManager> {
  const { Stores } = await import(new URL('fixtures/store.mjs', import.meta.url).href);
  return Stores.connect(address, { authKey, ...options });
}

/** Starts a server. @returns it, and where it listens */
async function start(address: object): Promise<[program: Fixture, address: TcpAddress]> {
  const order = { address, options: { authKey } };
  const program = spawnFixture(new URL('fixtures/store-server.mjs', import.meta.url), {
    args: [JSON.stringify(order)],
  });
  return [program, JSON.parse(await program.line())];
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => ({ value }),
    (error) => error.code,
  );
}

const ADDRESSES = {
  TCP: () => ({ host: '127.0.0.1', port: 0 }),
  'a Unix socket': () => ({ path: join(folder, 'socket') }),
};

describe.each(Object.entries(ADDRESSES))('over %s', (_, anyAddress) => {
  test('a server that is killed and started again is found; the objects of the former are gone', async () => {
    let [server, address] = await start(anyAddress());
    const manager = await connect(address, { retry: { timeout: 30_000 } });
    const store = await manager.Store();
    for (let round = 0; round < 3; round++) {
      const former = round === 0 ? store : await manager.Store();
      const underWay = codeOf(former.never());
      await former.add(1, 1);
      const lost = once(manager, 'disconnect');
      await server.kill();
      expect(await underWay).toBe('ERR_MP_CLOSED');
      expect((await lost)[0]).toMatchObject({ code: 'ERR_MP_CLOSED' });
      await expect(former.add(1, 1)).rejects.toMatchObject({ code: 'ERR_MP_STALE' });
      await expect(former.add(1, 1)).rejects.toThrow('its objects are gone');
      expect(manager.closed).toBe(false);
      const found = once(manager, 'connect');
      const early = manager.Store();
      [server, address] = await start(address);
      await found;
      const next = await early;
      expect(await next.add(2, 3)).toBe(5);
      await expect(next.put('old', former)).rejects.toThrow('its objects are gone');
      expect(await codeOf(former.add(1, 1))).toBe('ERR_MP_STALE');
      expect((await manager.stats()).clients).toBe(1);
    }
    await manager.close();
    expect(await codeOf(store.add(1, 1))).toBe('ERR_MP_STALE');
    await server.kill();
  });

  test('a server that is shut down frees its address at once', async () => {
    const first = await Manager.serve(anyAddress(), { authKey });
    const client = await Manager.connect(first.address, { authKey });
    for (let round = 0, server = first; round < 5; round++) {
      await server.shutdown();
      server = await Manager.serve(first.address, { authKey });
      const other = await Manager.connect(first.address, { authKey });
      expect((await other.stats()).clients).toBe(1);
      await other.close();
      if (round === 4) await server.shutdown();
    }
    await client.close();
  });
});

test('a client that comes before its server waits for it, up to a time', async () => {
  const address = { path: join(folder, 'early') };
  const connecting = connect(address, { retry: true });
  const [server] = await start(address);
  const manager = await connecting;
  expect((await manager.stats()).clients).toBe(1);
  const lost = once(manager, 'disconnect');
  await manager.shutdown();
  await server.exited;
  await expect(connect(address, { retry: { timeout: 100 } })).rejects.toMatchObject({ code: 'ENOENT' });
  lost.catch(() => {});
});

test('what is not found again in time is an error of the calls that wait for it, and of all later ones', async () => {
  const [server, address] = await start({ host: '127.0.0.1', port: 0 });
  const manager = await connect(address, { retry: { timeout: 200 } });
  await server.kill();
  await once(manager, 'disconnect');
  const error = await manager.Store().catch((caught: Error) => caught);
  expect(error).toMatchObject({ code: 'ERR_MP_CLOSED' });
  expect((error as Error).message).toContain('not found again');
  expect(manager.closed).toBe(true);
  expect(await codeOf(manager.stats())).toBe('ERR_MP_CLOSED');
  await manager.close();
});

test('a wrong key is no reason to try again', async () => {
  const server = await Manager.serve({ host: '127.0.0.1', port: 0 }, { authKey });
  await expect(Manager.connect(server.address, { authKey: 'another', retry: true })).rejects.toMatchObject({
    code: 'ERR_MP_AUTHENTICATION',
  });
  await expect(Manager.connect(server.address, { authKey, retry: { times: 3 } as object })).rejects.toThrow(
    'times',
  );
  await expect(
    Manager.connect(server.address, { authKey, retry: { timeout: 'long' as never } }),
  ).rejects.toThrow('timeout');
  await server.shutdown();
});

test('without retry, calls after the loss say that the connection is lost', async () => {
  const [server, address] = await start({ host: '127.0.0.1', port: 0 });
  const manager = await connect(address);
  const store = await manager.Store();
  const lost = once(manager, 'disconnect');
  await server.kill();
  await lost;
  expect(await codeOf(store.add(1, 1))).toBe('ERR_MP_CLOSED');
  expect(manager.closed).toBe(true);
  await manager.close();
});

describe('shutdown', () => {
  test('lets calls under way end, refuses new ones, and closes the connections then', async () => {
    const { Stores, gate } = await import(new URL('fixtures/gated.mjs', import.meta.url).href);
    const server = await Stores.serve({ host: '127.0.0.1', port: 0 }, { authKey });
    const manager = await Stores.connect(server.address, { authKey });
    const store = await manager.Gated();
    const underWay = store.pass(7);
    await store.ping();
    const lost = once(manager, 'disconnect');
    const ending = server.shutdown({ grace: 30_000 });
    await expect(store.ping()).rejects.toMatchObject({ code: 'ERR_MP_CLOSED', message: /shutting down/ });
    await expect(Manager.connect(server.address, { authKey })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    expect(server.closed).toBe(false);
    gate.open();
    expect(await underWay).toBe(7);
    await ending;
    await lost;
    expect([server.closed, server.clients, server.objects]).toEqual([true, 0, 0]);
    await server.closing;
  });

  test('does not wait for longer than the grace', async () => {
    const { Stores } = await import(new URL('fixtures/store.mjs', import.meta.url).href);
    const server = await Stores.serve({ host: '127.0.0.1', port: 0 }, { authKey });
    const manager = await Stores.connect(server.address, { authKey });
    const waiting = codeOf((await manager.Store()).never());
    await manager.stats();
    await server.shutdown({ grace: 50 });
    expect(await waiting).toBe('ERR_MP_CLOSED');
  });

  test('is for clients that have the key, not for guests', async () => {
    const [server, address] = await start({ host: '127.0.0.1', port: 0 });
    const owner = await Insider.connect(address, authKey);
    const guest = await Insider.connect(address, owner.guestKey);
    expect((await guest.call(0, 'shutdown')).value).toContain('ERR_MP_NOT_FOUND');
    const manager = await connect(address);
    await manager.shutdown();
    expect(await server.line()).toBe('closed');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    for (const each of [owner, guest]) each.close();
    await eventually('the manager is closed', () => manager.closed);
  });
});
