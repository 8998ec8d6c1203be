import { describeNeeding, leakCheck, runsAll, spawnFixture, TwoHosts } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const PROGRAM = new URL('fixtures/across.mjs', import.meta.url);

describeNeeding(TwoHosts.missing, 'a connection between two hosts', () => {
  /** Runs with two hosts of its own: these tests wait for long, and do so at once. */
  const withHosts = (run: (hosts: TwoHosts) => Promise<void>) => async () => {
    const hosts = TwoHosts.make();
    try {
      await run(hosts);
    } finally {
      hosts.close();
    }
  };

  async function connected({ left, right }: TwoHosts) {
    const listening = spawnFixture(PROGRAM, { args: ['listen', left.address], prefix: left.prefix });
    const { host, port } = JSON.parse(await listening.line());
    const connecting = spawnFixture(PROGRAM, { args: ['connect', host, String(port)], prefix: right.prefix });
    for (const each of [listening, connecting]) expect(JSON.parse(await each.line())).toBe('connected');
    return [listening, connecting];
  }

  test.concurrent(
    'goes on after the link was cut for 5 s',
    withHosts(async (hosts) => {
      const [listening, connecting] = await connected(hosts);
      hosts.cut();
      listening.say('sent meanwhile');
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      hosts.mend();
      expect(JSON.parse(await connecting.line())).toBe('sent meanwhile');
      connecting.say('and back');
      expect(JSON.parse(await listening.line())).toBe('and back');
      for (const each of [listening, connecting]) each.kill();
      for (const each of [listening, connecting]) await each.exited;
    }),
  );

  // These take half a minute each.
  if (!runsAll) return;

  test.concurrent(
    'ends at both ends when the link stays cut, whether something was sent or not',
    withHosts(async (hosts) => {
      const both = await connected(hosts);
      hosts.cut();
      both[0].say('never received');
      // A line is waited for for 30 s.
      for (const each of both) expect(JSON.parse(await each.line())).toEqual({ code: 'ERR_MP_CLOSED' });
      for (const each of both) expect(await each.exited).toEqual({ code: 0, signal: null });
    }),
  );

  test.concurrent(
    'goes on with a receiver that stands still for longer than that',
    withHosts(async (hosts) => {
      const [sender, receiver] = await connected(hosts);
      process.kill(receiver.pid, 'SIGSTOP');
      const text = 'x'.repeat(4 << 20);
      // More than the kernels of both hosts keep.
      for (let count = 0; count < 4; count++) sender.say(text);
      await new Promise((resolve) => setTimeout(resolve, 27_000));
      process.kill(receiver.pid, 'SIGCONT');
      for (let count = 0; count < 4; count++) expect(JSON.parse(await receiver.line())).toBe(text);
      for (const each of [sender, receiver]) each.kill();
      for (const each of [sender, receiver]) await each.exited;
    }),
  );
});
