import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as native from '@mp/native';
import { eventually, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { fresh } from './place.ts';

leakCheck();

test.each(['main', 'worker'])('sockets of a %s thread', async (where) => {
  const url = new URL('./fixtures/use-sockets.mjs', import.meta.url);
  const fixture = spawnFixture(url, { args: [where, fresh('c-')] });
  expect(await fixture.rest(), fixture.stderr).toEqual(where === 'main' ? ['done'] : ['done', 'worker 0']);
  expect(await fixture.exited).toEqual({ code: 0, signal: null });
});

test('socketOpen() takes nothing but stream sockets', () => {
  const nothing = () => {};
  expect(() => native.socketOpen(0x7fff_fff0, nothing)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  const file = openSync('/dev/null', 'r');
  const before = readdirSync('/proc/self/fd').length;
  expect(() => native.socketOpen(file, nothing)).toThrow(
    expect.objectContaining({ code: 'ENOTSOCK', syscall: 'getsockopt' }),
  );
  expect(readdirSync('/proc/self/fd').length).toBe(before);
  closeSync(file);
});

test('a listening socket that was taken over accepts for its new owner only', async () => {
  const descriptorOf = (owner: unknown) => (owner as { _handle: { fd: number } })._handle.fd;
  const path = fresh('c-');
  const server = createServer(() => expect.unreachable('its first owner accepts'));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  let tell = () => {};
  const listening = native.socketListen(descriptorOf(server), () => tell());
  expect(native.socketAccept(listening, () => {})).toBeUndefined();
  const ready = new Promise<void>((resolve) => {
    tell = resolve;
  });
  native.socketWatch(listening, native.READABLE, true);
  const client = connect(path).pause();
  await ready;
  native.socketWatch(listening, 0, false);
  const accepted = native.socketAccept(listening, () => {});
  if (accepted === undefined) return expect.unreachable('none waits');
  expect(native.socketPeer(accepted)).toBeUndefined();
  expect(() => native.socketListen(descriptorOf(client), () => {})).toThrow(
    expect.objectContaining({ code: 'EINVAL' }),
  );
  native.socketClose(accepted);
  // The first owner still has the file, and removes it.
  await new Promise((resolve) => server.close(resolve));
  expect(existsSync(path)).toBe(false);
  native.socketClose(listening);
  expect(() => native.socketAccept(listening, () => {})).toThrow(expect.objectContaining({ code: 'EBADF' }));
  client.destroy();
});

test('a socket that nobody can reach any more is closed', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const path = fresh('c-');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<{ ended: Promise<unknown> }>((resolve) => {
    server.once('connection', (socket) => {
      const ended = new Promise((end) => socket.once('close', end).resume());
      resolve({ ended });
    });
  });
  const client = connect(path).pause();
  await new Promise((resolve) => client.once('connect', resolve));
  native.socketOpen((client as unknown as { _handle: { fd: number } })._handle.fd, () => {});
  client.destroy();
  const { ended } = await accepted;
  let over = false;
  void ended.then(() => {
    over = true;
  });
  await eventually('the other end sees it', () => {
    collect();
    return over;
  });
  await new Promise((resolve) => server.close(resolve));
});
