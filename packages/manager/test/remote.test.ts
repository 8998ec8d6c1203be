import { Manager } from '@mp/manager';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { errorOf } from './here.ts';
import { run } from './program.ts';

leakCheck();

const authKey = 'none of your business';

test('MGR-3: one program puts values of every kind into a server, a third one reads them', async () => {
  const server = await Manager.serve({ host: '127.0.0.1', port: 0 }, { authKey });
  const address = JSON.stringify(server.address);
  expect(await run('remote.mjs', 'put', { args: [address] })).toMatchObject({
    sendable: 'pushed',
    unsendable: 'ERR_MP_SERIALIZATION',
    code: 0,
  });
  const { values, bytes, length } = await run('remote.mjs', 'get', { args: [address] });
  expect(values.slice(0, -1)).toEqual(['hello world', null, true, 2.25, 'hallå världen', 'привіт світ']);
  expect([values.at(-1).data, bytes, length]).toEqual([[...Buffer.from('hall\xe5', 'latin1')], true, 1]);
  const wrong = Manager.connect(server.address, { authKey: 'another' });
  expect((await errorOf(wrong)).code).toBe('ERR_MP_AUTHENTICATION');
  await server.shutdown();
});

test('MGR-5: a server that was shut down can be started again on its address at once', async () => {
  let address: Manager['address'] = { host: '127.0.0.1', port: 0 };
  for (let round = 0; round < 3; round++) {
    const server = await Manager.serve(address, { authKey });
    address = server.address;
    const manager = await Manager.connect(address, { authKey });
    expect(await (await manager.list([round])).at(0)).toBe(round);
    await server.shutdown();
    expect((await errorOf(manager.stats())).code).toBe('ERR_MP_CLOSED');
    await manager.close();
  }
});

test('a client ends the server for all: shutdown()', async () => {
  const server = await Manager.serve({ host: '127.0.0.1', port: 0 }, { authKey });
  const manager = await Manager.connect(server.address, { authKey });
  await manager.shutdown();
  await server.closing;
  expect([server.closed, manager.closed]).toEqual([true, true]);
  expect(await errorOf(Manager.connect(server.address, { authKey, timeout: 5_000 }))).toBeInstanceOf(Error);
});
