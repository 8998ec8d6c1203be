import { describeNeeding, leakCheck, runsAll, spawnFixture, TwoHosts } from '@mp/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

leakCheck();

const PROGRAM = new URL('fixtures/across.mjs', import.meta.url);

describeNeeding(TwoHosts.missing, 'a connection between two hosts', () => {
  let hosts: TwoHosts;
  beforeEach(() => {
    hosts = TwoHosts.make();
  });
  afterEach(() => hosts.close());

  async function connected() {
    const { left, right } = hosts;
    const listening = spawnFixture(PROGRAM, { args: ['listen', left.address], prefix: left.prefix });
    const { host, port } = JSON.parse(await listening.line());
    const connecting = spawnFixture(PROGRAM, { args: ['connect', host, String(port)], prefix: right.prefix });
    for (const each of [listening, connecting]) expect(JSON.parse(await each.line())).toBe('connected');
    return [listening, connecting];
  }

  test('goes on after the link was cut for 5 s', async () => {
    const [listening, connecting] = await connected();
    hosts.cut();
    listening.say('sent meanwhile');
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    hosts.mend();
    expect(JSON.parse(await connecting.line())).toBe('sent meanwhile');
    connecting.say('and back');
    expect(JSON.parse(await listening.line())).toBe('and back');
    for (const each of [listening, connecting]) each.kill();
    for (const each of [listening, connecting]) await each.exited;
  }, 60_000);

  // These take half a minute each.
  if (!runsAll) return;

  test('ends at both ends when the link stays cut, whether something was sent or not', async () => {
    const both = await connected();
    hosts.cut();
    both[0].say('never received');
    // A line is waited for for 30 s.
    for (const each of both) expect(JSON.parse(await each.line())).toEqual({ code: 'ERR_MP_CLOSED' });
    for (const each of both) expect(await each.exited).toEqual({ code: 0, signal: null });
  }, 60_000);

  test('goes on with a receiver that stands still for longer than that', async () => {
    const [sender, receiver] = await connected();
    process.kill(receiver.pid, 'SIGSTOP');
    const text = 'x'.repeat(4 << 20);
    // More than the kernels of both hosts keep.
    for (let count = 0; count < 4; count++) sender.say(text);
    await new Promise((resolve) => setTimeout(resolve, 27_000));
    process.kill(receiver.pid, 'SIGCONT');
    for (let count = 0; count < 4; count++) expect(JSON.parse(await receiver.line())).toBe(text);
    for (const each of [sender, receiver]) each.kill();
    for (const each of [sender, receiver]) await each.exited;
  }, 60_000);
});
