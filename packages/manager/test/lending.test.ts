import { type Address, Manager, type RemoteList } from '@mp/manager';
import { pipe } from '@mp/pipe';
import { leakCheck } from '@mp/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handedOn, serveHere } from './here.ts';
import { Insider, type TcpAddress } from './hostile-client.ts';
import { Besieged, KEY } from './under-attack.ts';

leakCheck();

const LEND = -2;
const here = serveHere();
let server: Besieged;

beforeAll(async () => {
  server = await Besieged.start();
});

afterAll(() => server.end());

test('a receiver that is faster than the word of the sender waits for it', async () => {
  const token = 'B'.repeat(22);
  const lender = await Insider.connect(server.address as TcpAddress, KEY);
  const guest = await Insider.connect(server.address as TcpAddress, lender.guestKey);
  const number = await lender.dict();
  await lender.call(number, 'set', ['mine', true]);
  await guest.operate([1, 0, 'redeem', [token, 1]], [2, -1, 'get', ['mine']], [3, 0, 'redeem', ['short', 1]]);
  // The guest was served: the answer of the third call, which cannot wait, is there.
  expect((await guest.answers(1)).get(3)?.value).toContain('ERR_MP_STALE');
  await lender.operate([LEND, number, token, 1]);
  const answers = await guest.answers(2);
  expect(answers.get(2)?.value).toBe(true);
  // With its client, a call that waits is gone.
  await guest.operate([4, 0, 'redeem', ['C'.repeat(22), 1]]);
  for (const each of [lender, guest]) each.close();
  await server.assertCalm();
});

test('a loan of what is not held, or not any more, does not end the connection', async () => {
  const peer = await Insider.connect(server.address as TcpAddress, KEY);
  await peer.operate([LEND, 77, 'D'.repeat(22), 1]);
  expect((await peer.call(0, 'stats')).what).not.toBe(3);
  peer.close();
});

test('a proxy is sent while much else is under way, to a program that is connected already', async () => {
  const sender = await Manager.connect(here.server.address as Address);
  const list = await sender.list<number>();
  const [from, to] = pipe<RemoteList<number>>();
  const pushes = Array.from({ length: 60_000 }, (_, index) => list.push(index));
  const sent = from.send(list);
  const received = await to.recv();
  expect(await received.length).toBeGreaterThan(0);
  await Promise.all([...pushes, sent]);
  received.close();
  from.close();
  to.close();
  await sender.close();
});

test('a proxy that has just come can be sent on and let go of at once', async () => {
  const list = await here.manager.list([1]);
  const [from, to] = pipe<RemoteList<number>>();
  const received = await handedOn(list);
  list.close();
  // While the server is being asked for it.
  const sent = from.send(received);
  received.close();
  await sent;
  // The server has answered, and heard that it was let go of, before the receiver asks.
  for (let calls = 0; calls < 2; calls++) await here.manager.stats();
  const last = await to.recv();
  expect(await last.push(2)).toBe(2);
  expect(here.manager.closed).toBe(false);
  last.close();
  from.close();
  to.close();
});
