import { describeNeeding, type Fixture, leakCheck, runsAll, spawnFixture, TwoHosts } from '@mp/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Certificates, makeCertificates } from './certificates.ts';

leakCheck();

const PROGRAM = new URL('fixtures/far-tls.mjs', import.meta.url);

describeNeeding(TwoHosts.missing, 'a link by TLS between two hosts', () => {
  let certificates: Certificates;
  let hosts: TwoHosts;
  let programs: Fixture[];
  beforeEach(() => {
    certificates = makeCertificates();
    hosts = TwoHosts.make();
    programs = [];
  });
  afterEach(async () => {
    for (const each of programs) {
      each.kill();
      await each.exited;
    }
    hosts.close();
    certificates.remove();
  });

  function started(on: 'left' | 'right', role: string, ...args: string[]): Fixture {
    const program = spawnFixture(PROGRAM, {
      args: [role, certificates.folder, ...args],
      prefix: hosts[on].prefix,
    });
    programs.push(program);
    return program;
  }

  /** A server and a client, which send something to each other as soon as the link is cut. */
  async function cut() {
    const server = started('left', 'serve', hosts.left.address);
    const { host, port } = JSON.parse(await server.line());
    const client = started('right', 'use', host, String(port));
    expect(JSON.parse(await client.line())).toBe('connected');
    hosts.cut();
    for (const each of [server, client]) each.say('cut');
    return { server, client };
  }

  test('goes on after it was cut for 2 s', async () => {
    const { server, client } = await cut();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    hosts.mend();
    expect(JSON.parse(await client.line())).toBe('set');
    expect(JSON.parse(await server.line())).toBe('alone');
  });

  // This takes half a minute.
  if (!runsAll) return;

  test('ends at both ends when it stays cut, also while something is on its way', async () => {
    const { server, client } = await cut();
    // A line is waited for for 30 s.
    expect(JSON.parse(await client.line())).toEqual({ code: 'ERR_MP_CLOSED' });
    expect(JSON.parse(await server.line())).toBe('alone');
    for (const each of [server, client]) expect(await each.exited).toEqual({ code: 0, signal: null });
  });
});
