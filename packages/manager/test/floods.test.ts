import { encode } from '@mp/serde/internal';
import { eventually, leakCheck } from '@mp/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enter, frame, Insider, Stranger } from './hostile-client.ts';
import { Besieged, KEY } from './under-attack.ts';

leakCheck();

const CARRIER = { local: false, pin: () => '', unpin() {} };
const MIB = 1 << 20;
const RELEASE = 0;
const LEND = -2;

let server: Besieged;

beforeAll(async () => {
  server = await Besieged.start({
    limits: {
      pendingCalls: 1_000,
      pendingBytes: 32 * MIB,
      references: 100,
      messageBytes: 64 * MIB,
      clients: 20,
    },
  });
});

afterAll(() => server.end());

const insider = () => Insider.connect(server.address, KEY);

/** Makes a store. @returns its number */
async function storeOf(peer: Insider): Promise<number> {
  await peer.call(0, 'make', peer.bytesOf(['Store', [], null]));
  return 1;
}

test('a client that calls much and reads nothing', async () => {
  const peer = await insider();
  const store = await storeOf(peer);
  await server.during(async () => {
    // 2 GiB of answers, at once and later.
    const calls = Array.from({ length: 1_000 }, (_, i) => [10 + i, store, 'text', [MIB]]);
    const later = Array.from({ length: 900 }, (_, i) => [2_000 + i, store, 'laterBytes', [MIB]]);
    await peer.operate(...later, ...calls);
    await peer.send([0]).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await server.memory()).rss).toBeLessThan(500 * MIB);
  });
  peer.close();
  await server.assertCalm(1_500 * MIB);
});

test('all answers come to a client that reads late, those that were put off too', async () => {
  const peer = await insider();
  const store = await storeOf(peer);
  await peer.operate(
    ...Array.from({ length: 60 }, (_, i) => [10 + i, store, 'laterBytes', [MIB]]),
    ...Array.from({ length: 20 }, (_, i) => [100 + i, store, 'text', [MIB]]),
    [200, store, 'fail', ['at last']],
  );
  const answers = await server.during(() => peer.answers(81));
  expect([...answers.values()].filter(({ value }) => (value as string).length >= MIB)).toHaveLength(80);
  expect(answers.get(200)?.value).toContain('at last');
  peer.close();
  await server.assertCalm(1_500 * MIB);
});

test('an object stays lent until the answer with it is made, also when that is put off', async () => {
  const token = 'P'.repeat(22);
  const [lender, reader] = [await insider(), await insider()];
  const lent = await storeOf(lender);
  await lender.call(lent, 'put', ['mine', true]);
  const store = await storeOf(reader);
  await reader.operate(...Array.from({ length: 60 }, (_, i) => [10 + i, store, 'laterBytes', [MIB]]), [
    100,
    0,
    'redeem',
    [token, 1],
  ]);
  // The server has begun them, and makes no more answers until some are read.
  for (let calls = 0; calls < 3; calls++) await lender.call(0, 'stats');
  const { objects } = await server.memory();
  await lender.operate([LEND, lent, token, 1], [RELEASE, lent, 1]);
  await lender.call(0, 'stats');
  expect((await server.memory()).objects).toBe(objects);
  expect((await reader.answers(61)).get(100)?.what).toBe(2);
  // It has the number after that of the store.
  expect((await reader.call(store + 1, 'take', ['mine'])).value).toBe(true);
  await reader.operate([RELEASE, store + 1, 1]);
  await reader.call(0, 'stats');
  expect((await server.memory()).objects).toBe(objects - 1);
  for (const each of [lender, reader]) each.close();
  await server.assertCalm(1_500 * MIB);
});

test('calls that never end: as many as a client may have, also when it gives them up', async () => {
  const peer = await insider();
  const store = await storeOf(peer);
  await server.during(async () => {
    await peer.operate(...Array.from({ length: 5_000 }, (_, i) => [10 + i, store, 'never', []]));
    // One of those that it may have is the store: it has not said that it read the answer with it.
    const refused = await peer.answers(4_001);
    expect([...refused.values()].every(({ value }) => (value as string).includes('ERR_MP_LIMIT'))).toBe(true);
    // A call that is given up in the server ends, and makes room.
    await peer.operate(...Array.from({ length: 10 }, (_, i) => [-1, 10 + i]));
    await eventually('there is room', async () => (await peer.call(store, 'add', [1, 2])).value === 3);
  });
  peer.close();
  await server.assertCalm();
});

test('arguments of calls that wait', async () => {
  const peer = await insider();
  const store = await storeOf(peer);
  await server.during(async () => {
    const big = peer.bytesOf([Buffer.alloc(8 * MIB)]);
    for (let id = 10; id < 20; id++) await peer.operate([id, store, 'never', big]);
    const refused = await peer.answers(6);
    for (const { value } of refused.values()) expect(value).toContain('ERR_MP_LIMIT');
    expect(refused.size).toBe(6);
  });
  peer.close();
  await server.assertCalm(1_500 * MIB);
});

test('a hundred thousand calls in one message', async () => {
  const peer = await insider();
  const store = await storeOf(peer);
  await server.during(async () => {
    await peer.operate(...Array.from({ length: 100_000 }, (_, i) => [10 + i, store, 'add', [i, 1]]));
    expect((await peer.answers(100_000)).get(10 + 99_999)?.value).toBe(100_000);
  });
  peer.close();
  await server.assertCalm(1_500 * MIB);
});

test('references: as many as a client may hold', async () => {
  const peer = await insider();
  const store = await storeOf(peer);
  await server.during(async () => {
    const before = (await server.memory()).objects;
    await peer.operate(...Array.from({ length: 500 }, (_, i) => [10 + i, store, 'another', []]));
    const answers = [...(await peer.answers(500)).values()];
    expect(answers.filter(({ what }) => what === 3)).toHaveLength(401);
    expect((await server.memory()).objects).toBeLessThan(before + 110);
  });
  peer.close();
  await server.assertCalm();
});

test('loans: as many as a client may hold references', async () => {
  const peer = await insider();
  const store = await storeOf(peer);
  await peer.operate(...Array.from({ length: 101 }, (_, i) => [-2, store, 'x'.repeat(22), i]));
  expect(await peer.ended()).toBe(true);
  await server.assertCalm();
});

test('answers for a client that has ended its side and reads nothing', async () => {
  const stranger = new Stranger(server.address);
  await enter(stranger, KEY);
  const bytesOf = (value: unknown) => Buffer.from(encode(value, CARRIER).bytes);
  stranger.socket.pause();
  stranger.write(frame(bytesOf([0, [1, 0, 'make', bytesOf(['Store', [], null])]])));
  stranger.write(frame(bytesOf([0, [2, 1, 'text', [32 * MIB]]])));
  await server.during(async () => {
    expect((await server.memory()).clients).toBe(2);
    const before = server.descriptors;
    stranger.socket.end();
    await eventually('its session has ended', async () => (await server.memory()).clients === 1);
    await eventually('its socket is closed', () => server.descriptors < before, { within: 30_000 });
  });
  stranger.socket.destroy();
  await server.assertCalm(1_500 * MIB);
});

test('a list that is doubled again and again in one message', async () => {
  const peer = await insider();
  const store = await storeOf(peer);
  await peer.call(store, 'put', peer.bytesOf(['list', Array.from({ length: 1_000 }, (_, i) => i)]));
  await server.during(async () => {
    const { Handle } = await import('./hostile-client.ts');
    const doubled = (id: number) => [id, -(id - 1), 'concat', peer.bytesOf([new Handle('result', id - 1)])];
    // The results are sent, 128 MiB of them. A client that does not read them ends the doubling, so this one reads them all.
    await peer.operate(
      [10, store, 'take', ['list']],
      ...Array.from({ length: 40 }, (_, i) => doubled(11 + i)),
    );
    const answers = await peer.answers(41);
    expect(answers.get(50)?.what).toBe(3);
  });
  peer.close();
  await server.assertCalm(2_000 * MIB);
});

test('connections of clients and of guests: some places are for those with the key', async () => {
  const first = await insider();
  const guests: Insider[] = [];
  const refused: unknown[] = [];
  for (let i = 0; i < 25; i++)
    await Insider.connect(server.address, first.guestKey).then(
      (guest) => (guest.isRefused ? refused.push(guest) : guests.push(guest)),
      (error) => refused.push(error),
    );
  expect(guests).toHaveLength(16);
  const second = await insider();
  const third = await insider();
  expect((await insider()).isRefused).toBe(true);
  const { Manager } = await import('@mp/manager');
  await expect(Manager.connect(server.address, { authKey: KEY })).rejects.toMatchObject({
    code: 'ERR_MP_LIMIT',
  });
  for (const each of [first, second, third, ...guests]) each.close();
  await server.assertCalm(2_000 * MIB);
});
