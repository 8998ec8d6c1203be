import { createHmac } from 'node:crypto';
import { type Address, connect, Listener } from '@mp/pipe';
import { leakCheck, spawnFixture } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { RawPeer } from './raw-peer.ts';
import { TCP } from './socket-pair.ts';

leakCheck();

const KEY = 'key';
const program = new URL('./fixtures/burst.mjs', import.meta.url);

type Counts = Record<string, number>;

function run(what: string, address: Address) {
  const fixture = spawnFixture(program, { args: [what, JSON.stringify(address)] });
  return { fixture, next: async () => JSON.parse(await fixture.line()) };
}

const sum = (counts: Counts) => Object.values(counts).reduce((all, count) => all + count, 0);

describe.each(['path', 'tcp'])('a burst (%s)', (family) => {
  const place = (name: string): Address =>
    family === 'tcp' ? TCP : { path: `${process.env.MP_DIR}/${name}` };

  test('of 1,000 clients with the key succeeds beside 200 strangers', async () => {
    const { fixture, next } = run('crowd', place('crowd'));
    expect(await next()).toEqual({ connected: { connected: 1_000 }, refused: [] });
    expect(await next()).toBe(1_000);
    expect(await fixture.exited).toEqual({ code: 0, signal: null });
  });

  test('in whose middle the listener is closed leaves no client waiting', async () => {
    const { fixture, next } = run('close', place('close'));
    const counts = await next();
    const { connected = 0, ERR_MP_CLOSED = 0, ECONNREFUSED = 0, ECONNRESET = 0, ENOENT = 0 } = counts;
    expect([sum(counts), connected + ERR_MP_CLOSED + ECONNREFUSED + ECONNRESET + ENOENT]).toEqual([400, 400]);
    expect(connected).toBeGreaterThanOrEqual(30);
    expect(await next()).toBe(0);
    expect(await fixture.exited).toEqual({ code: 0, signal: null });
  });

  test('that is aborted in its middle leaves no client waiting, and the listener goes on', async () => {
    const { fixture, next } = run('abort', place('abort'));
    const counts = await next();
    expect([sum(counts), (counts.connected ?? 0) + (counts.enough ?? 0)]).toEqual([400, 400]);
    expect(counts.enough).toBeGreaterThan(0);
    expect(await next()).toEqual({ connected: 10 });
    expect(await next()).toBe(0);
    expect(await fixture.exited).toEqual({ code: 0, signal: null });
  });

  test('for which the listener has too few descriptors is served in turn', async () => {
    const { fixture, next } = run('few-descriptors', place('few'));
    const address = await next();
    const answers = await Promise.all(
      Array.from({ length: 300 }, async (_, id) => {
        using client = await connect(address, { authKey: KEY });
        await client.send(id);
        return await client.recv();
      }),
    );
    expect(answers).toEqual(Array.from({ length: 300 }, (_, id) => id));
    fixture.say('report');
    expect(await next()).toBe(0);
    expect(await fixture.exited).toEqual({ code: 0, signal: null });
  });

  test('for which the clients have too few descriptors tells them so', async () => {
    await using listener = await Listener.listen(place('clients'), { authKey: KEY });
    const serving = (async () => {
      for await (const connection of listener) void connection.recv().catch(() => connection.close());
    })();
    const { fixture, next } = run('few-for-clients', listener.address);
    expect(await next()).toEqual({ connected: 1 });
    const counts = await next();
    expect([sum(counts), (counts.connected ?? 0) + (counts.EMFILE ?? 0)]).toEqual([100, 100]);
    expect(counts.EMFILE).toBeGreaterThan(0);
    expect(await next()).toBe(0);
    expect(await next()).toEqual({ connected: 1 });
    expect(await fixture.exited).toEqual({ code: 0, signal: null });
    listener.close();
    await serving;
  });
});

test('a client whose answer lies unread while the thread of the listener is busy is not late', async () => {
  const { fixture, next } = run('busy', { path: `${process.env.MP_DIR}/busy` });
  const peer = await RawPeer.to(await next());
  const message = ((await peer.message()) as Buffer).subarray('#CHALLENGE#'.length);
  fixture.say('block');
  expect(await next()).toBe('blocked');
  const hmac = createHmac('sha256', KEY).update(message).digest();
  await peer.send(Buffer.concat([Buffer.from('{sha256}'), hmac]));
  expect(String(await peer.message())).toBe('#WELCOME#');
  const challenge = Buffer.concat([Buffer.from('#CHALLENGE#{sha256}'), Buffer.alloc(40)]);
  await peer.send(challenge);
  expect((await peer.message())?.length).toBe(40);
  await peer.send('#WELCOME#');
  expect(await next()).toBe('accepted');
  peer.close();
  expect(await fixture.exited).toEqual({ code: 0, signal: null });
});
