import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { sweep } from '@mp/core/internal';
import { type Address, type Connection, connect, Listener } from '@mp/pipe';
import { eventually, leakCheck, spawnFixture } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { TCP } from './socket-pair.ts';

leakCheck();

const place = (name: string) => `${process.env.MP_DIR}/${name}`;
const abstract = (name: string) => ({ path: `\0mp-test-${process.pid}-${name}` });

const fixture = (...args: string[]) =>
  spawnFixture(new URL('./fixtures/at-a-socket.mjs', import.meta.url), { args });

async function met(listener: Listener): Promise<[client: Connection, server: Connection]> {
  return Promise.all([connect(listener.address), listener.accept()]);
}

describe('addresses', () => {
  test('without one it is a socket that only this user can reach', async () => {
    const listener = await Listener.listen();
    const { path } = listener.address as { path: string };
    expect(path.startsWith(`${process.env.MP_DIR}/`)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    listener.close();
    listener.close();
    expect(existsSync(path)).toBe(false);
  });

  const forms: [string, () => Address][] = [
    ['a path', () => ({ path: place('listener.sock') })],
    ['a path of 107 bytes', () => ({ path: place('').padEnd(107, 'x') })],
    ['an abstract name', () => abstract('name')],
    ['TCP', () => TCP],
    ['IPv6', () => ({ host: '::1', port: 0 })],
    ['a host name', () => ({ host: 'localhost', port: 0 })],
  ];
  test.each(forms)('%s', async (_, form) => {
    const address = form();
    await using listener = await Listener.listen(address);
    if ('port' in listener.address) expect(listener.address.port).toBeGreaterThan(0);
    else expect(listener.address).toEqual(address);
    if ('host' in address && address.host === 'localhost')
      expect(listener.address).toMatchObject({ host: '127.0.0.1' });
    const [client, server] = await met(listener);
    await client.send('hello');
    expect(await server.recv()).toBe('hello');
    if ('host' in listener.address)
      expect(listener.lastAccepted).toEqual({ host: listener.address.host, port: expect.any(Number) });
    else expect(listener.lastAccepted).toBeUndefined();
    client.close();
    server.close();
  });

  test.each([
    ['a path', () => ({ path: place('twice') })],
    ['an abstract name', () => abstract('twice')],
    ['TCP', () => TCP],
  ])('the same one cannot be used twice: %s', async (_, address) => {
    await using listener = await Listener.listen(address());
    await expect(Listener.listen(listener.address)).rejects.toMatchObject({
      code: 'EADDRINUSE',
      syscall: 'listen',
      message: expect.stringContaining('it is in use (EADDRINUSE)'),
    });
    const [client, server] = await met(listener);
    client.close();
    server.close();
    listener.close();
    await eventually('it is free again', async () => {
      const again = await Listener.listen(listener.address);
      again.close();
      return true;
    });
  });

  test('a file that a killed listener left is in use, and the error says what to do', async () => {
    const path = place('left');
    const dead = fixture('listen', JSON.stringify({ path }));
    await dead.line();
    await dead.kill();
    await expect(Listener.listen({ path })).rejects.toThrow(
      /\(EADDRINUSE\)\. No process listens there any more/,
    );
    await expect(connect({ path })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    rmSync(path);
  });

  test('the sweep removes the socket of a thread that was killed, if it had chosen the path itself', async () => {
    const dead = fixture('listen', 'null');
    const path = await dead.line();
    await dead.kill();
    expect(existsSync(path)).toBe(true);
    await eventually('it is swept', () => {
      sweep();
      return !existsSync(path);
    });
  });

  test.each(['end', 'exit'])('the file goes with a process that ends (%s)', async (how) => {
    const path = place(`gone-${how}`);
    const other = fixture('listen', JSON.stringify({ path }));
    await other.line();
    expect(existsSync(path)).toBe(true);
    other.say(how);
    await other.exited;
    expect(existsSync(path)).toBe(false);
  });

  test('nobody listens there: the error of the system', async () => {
    const path = place('nobody');
    await expect(connect({ path })).rejects.toMatchObject({
      code: 'ENOENT',
      path,
      message: `Cannot connect to ${path}: there is no such file or directory (ENOENT)`,
    });
    const { address } = await Listener.listen(TCP).then((listener) => {
      listener.close();
      return listener;
    });
    await expect(connect(address)).rejects.toMatchObject({ code: 'ECONNREFUSED', ...address });
    await expect(connect(abstract('nobody'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    writeFileSync(path, '');
    await expect(connect({ path })).rejects.toMatchObject({
      code: expect.stringMatching(/ECONNREFUSED|ENOTSOCK/),
    });
    rmSync(path);
  });

  test.each<[unknown, string, RegExp]>([
    [{ path: '\\\\.\\test' }, 'RangeError', /named pipe, which only Windows has/],
    [{ path: '' }, 'RangeError', /empty/],
    [{ path: 'a\0b' }, 'RangeError', /NUL/],
    [{ path: `/tmp/${'x'.repeat(103)}` }, 'RangeError', /at most 107 bytes/],
    [{ path: 5 }, 'TypeError', /path must be a string/],
    [{ path: '/tmp/x', host: 'localhost', port: 1 }, 'TypeError', /not both/],
    [{ host: 'localhost' }, 'TypeError', /port must be a number/],
    [{ port: 80 }, 'TypeError', /address must be/],
    [{ host: '', port: 80 }, 'TypeError', /empty/],
    [{ host: 'localhost', port: 65_536 }, 'RangeError', /from 0 to 65535/],
    [{ host: 'localhost', port: 1.5 }, 'RangeError', /from 0 to 65535/],
    [['localhost', 80], 'TypeError', /address must be/],
    ['/tmp/x', 'TypeError', /address must be .* not a string/],
    [null, 'TypeError', /not null/],
  ])('a bad one is refused, %j', async (address, name, message) => {
    for (const call of [Listener.listen, connect] as ((address: never) => Promise<unknown>)[]) {
      await expect(call.call(Listener, address as never)).rejects.toMatchObject({
        name,
        message: expect.stringMatching(message),
      });
    }
  });

  test.each<[object, string, RegExp]>([
    [{ authKey: 5 }, 'TypeError', /authKey must be a Uint8Array or a string, not a number/],
    [{ authKey: null }, 'TypeError', /authKey .* not null/],
    [{ authKey: new Uint16Array(2) }, 'TypeError', /authKey/],
    [{ backlog: 0 }, 'RangeError', /backlog/],
    [{ backlog: '5' }, 'TypeError', /backlog/],
    [{ legacyDigest: 'yes' }, 'TypeError', /legacyDigest/],
    [{ handshakeTimeout: 'soon' }, 'TypeError', /handshakeTimeout/],
    [{ handshakeTimeout: Number.NaN }, 'RangeError', /handshakeTimeout/],
    [{ handshakeTimeout: 0 }, 'RangeError', /handshakeTimeout must be more than 0/],
  ])('bad options are refused, %j', async (options, name, message) => {
    await expect(Listener.listen(undefined, options)).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
    await expect(Listener.listen(undefined, null as never)).rejects.toThrow(TypeError);
    await expect(connect(TCP, { authKey: 5 as never })).rejects.toThrow(TypeError);
  });

  test('other machines are let in with a key only', async () => {
    for (const host of ['0.0.0.0', '::']) {
      await expect(Listener.listen({ host, port: 0 })).rejects.toThrow(/without an authKey/);
    }
    await using listener = await Listener.listen({ host: '0.0.0.0', port: 0 }, { authKey: '' });
    expect(listener.address).toMatchObject({ host: '0.0.0.0' });
  });
});
