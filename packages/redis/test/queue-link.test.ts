import {
  describeNeeding,
  eventually,
  leakCheck,
  ObjectPeer,
  RedisServer,
  type Said,
  TwoHosts,
} from '@mp/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

leakCheck();

const CLIENT = new URL('./fixtures/queue-client.mjs', import.meta.url);
const CUT_MS = 5_000;

describeNeeding(RedisServer.missing ?? TwoHosts.missing, 'a queue whose consumer is cut off for 5 s', () => {
  let hosts: TwoHosts;
  let server: RedisServer;
  const peers: ObjectPeer[] = [];

  beforeEach(async () => {
    hosts = TwoHosts.make();
    server = await RedisServer.start({ host: hosts.left.address, prefix: hosts.left.prefix });
  });
  afterEach(async () => {
    for (const peer of peers.splice(0)) await peer.kill();
    await server.stop();
    hosts.close();
  });

  async function peerOn(side: 'left' | 'right', name: string, options = {}): Promise<ObjectPeer> {
    const args = [server.url, 'cut', name, options];
    const peer = await ObjectPeer.run(CLIENT, 'process', 'queue', args, {
      prefix: hosts[side].prefix,
    });
    peers.push(peer);
    return peer;
  }

  async function cutFor(run: () => Promise<void>): Promise<void> {
    const whole = new Promise((resolve) => setTimeout(resolve, CUT_MS));
    hosts.cut();
    await run();
    await whole;
    hosts.mend();
  }

  function told({ value, code }: Said): unknown {
    expect(code).toBeUndefined();
    return value;
  }

  test('for longer than its visibility: the item goes to another one, its holder knows by its own clock, and is refused', async () => {
    const far = await peerOn('right', 'short', { visibility: 3_000 });
    const near = await peerOn('left', 'short');
    await near.call('putMany', ['first', 'second']);
    expect(told(await far.call('hold'))).toEqual({ value: 'first', attempt: 1 });
    expect(told(await near.call('hold'))).toEqual({ value: 'second', attempt: 1 });
    await cutFor(async () => {
      expect(told(await near.call('hold'))).toEqual({ value: 'first', attempt: 2 });
      await eventually('it is told', async () => {
        const [[isHeld, code]] = told(await far.call('seen')) as [[boolean, string | null]];
        return !isHeld && code === 'ERR_MP_NOT_OWNER';
      });
    });
    expect((await far.call('ack', 0)).code).toBe('ERR_MP_NOT_OWNER');
    for (const lease of [0, 1]) expect(told(await near.call('ack', lease))).toBeNull();
    // It works on: what waited for the link all the time is done once.
    await near.call('put', 'third');
    expect(told(await far.call('get'))).toBe('third');
    expect(told(await near.call('tryGet'))).toBeNull();
  });

  test('for less: it keeps its item, and what both sides put and wait for meanwhile is done once', async () => {
    const far = await peerOn('right', 'long', { visibility: 60_000 });
    const near = await peerOn('left', 'long');
    await near.call('put', 'mine');
    expect(told(await far.call('hold'))).toEqual({ value: 'mine', attempt: 1 });
    await cutFor(async () => {
      await far.begin('put', 'from far');
      await near.call('put', 'from near');
      expect(told(await near.call('hold'))).toEqual({ value: 'from near', attempt: 1 });
      expect(told(await near.call('tryGet'))).toBeNull();
    });
    expect(told(await far.answer())).toBeNull();
    expect(told(await near.call('get'))).toBe('from far');
    expect(told(await far.call('seen'))).toEqual([[true, null]]);
    expect(told(await far.call('ack', 0))).toBeNull();
    expect(told(await near.call('ack', 0))).toBeNull();
    expect(told(await near.call('tryGet'))).toBeNull();
  });
});
