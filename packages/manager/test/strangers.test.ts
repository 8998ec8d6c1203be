import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Manager } from '@mp/manager';
import { eventually, leakCheck, runsAll } from '@mp/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enter, frame, proof, Stranger } from './hostile-client.ts';
import { Besieged, KEY } from './under-attack.ts';

leakCheck();

let server: Besieged;

beforeAll(async () => {
  server = await Besieged.start();
});

afterAll(() => server.end());

/** Lets many strangers do something for which the server must refuse each of them. */
async function allRefused(count: number, act: (stranger: Stranger) => unknown): Promise<void> {
  await server.during(async () => {
    const strangers = Array.from({ length: count }, () => new Stranger(server.address));
    for (const each of strangers) await act(each);
    await Promise.all(strangers.map(({ closed }) => closed));
  });
  await server.assertCalm();
}

test('garbage', () => allRefused(200, (stranger) => stranger.write(randomBytes(1_000))));

test('frames that begin and do not end', async () => {
  const beginnings = ['', '00', '000000', '00000020', '0000002041', 'ffffffff', 'ffffffff00000000'];
  let at = 0;
  await allRefused(70, (stranger) =>
    stranger.write(Buffer.from(beginnings[at++ % beginnings.length] as string, 'hex')),
  );
});

test('heads that announce gigabytes', async () => {
  const heads = ['7fffffff', 'ffffffff0000010000000000', 'ffffffff7fffffffffffffff', '80000000'];
  let at = 0;
  await allRefused(100, (stranger) =>
    stranger.write(
      Buffer.concat([Buffer.from(heads[at++ % heads.length] as string, 'hex'), Buffer.alloc(10_000)]),
    ),
  );
});

test('answers to the challenge that are wrong: another key, MD5, nothing, the challenge itself', async () => {
  const answers = [
    (challenge: Buffer) => proof(challenge, 'another key'),
    (challenge: Buffer) => proof(challenge, KEY, 'md5'),
    () => Buffer.alloc(0),
    (challenge: Buffer) => challenge,
    () => Buffer.from('#WELCOME#'),
    () => Buffer.from('{sha256}'),
    () => Buffer.from(`{sha256}${'x'.repeat(32)}`),
  ];
  for (const answer of answers) {
    const stranger = new Stranger(server.address);
    stranger.write(frame(answer((await stranger.message()) as Buffer)));
    expect((await stranger.message())?.toString()).toBe('#FAILURE#');
    await stranger.closed;
  }
});

test('a client that knows the key, and does not let the server prove it, gets nothing', async () => {
  const stranger = new Stranger(server.address);
  stranger.write(frame(proof((await stranger.message()) as Buffer, KEY)));
  expect((await stranger.message())?.toString()).toBe('#WELCOME#');
  // Instead of a challenge, what comes after it.
  stranger.write(frame(Buffer.from([0x82, 0xa7])));
  expect(await stranger.message()).toBeUndefined();
});

test('a handshake that was recorded is of no use a second time', async () => {
  const said: Buffer[] = [];
  const recorder = createServer((socket) => {
    const onward = new Stranger(server.address);
    socket.on('data', (bytes) => {
      said.push(bytes);
      onward.write(bytes);
    });
    onward.socket.on('data', (bytes) => socket.write(bytes));
    onward.socket.on('close', () => socket.destroy());
    socket.on('close', () => onward.socket.destroy());
    socket.on('error', () => {});
  });
  await once(recorder.listen(0, '127.0.0.1'), 'listening');
  const { port } = recorder.address() as AddressInfo;
  const honest = await Manager.connect({ host: '127.0.0.1', port }, { authKey: KEY });
  await honest.dict();
  await honest.close();
  recorder.close();
  expect(said.length).toBeGreaterThan(1);
  await server.during(async () => {
    const whole = new Stranger(server.address);
    whole.write(Buffer.concat(said));
    await whole.message();
    expect((await whole.message())?.toString()).toBe('#FAILURE#');
    await whole.closed;
  });
});

test('a client that sends a byte at a time is served, and others are meanwhile', async () => {
  const stranger = new Stranger(server.address);
  const slowly = async (bytes: Buffer) => {
    for (const each of frame(bytes)) {
      stranger.write(Buffer.from([each]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await server.during(() => enter(stranger, KEY, slowly));
  stranger.socket.destroy();
  await server.assertCalm();
});

test('thousands of connections that say nothing', async () => {
  // Each takes a descriptor of this process, which needs some besides.
  const open = Number(execFileSync('bash', ['-c', 'ulimit -n']).toString());
  const count = Math.min(runsAll ? 10_000 : 2_500, open - 500);
  await server.during(async () => {
    const strangers = Array.from({ length: count }, () => new Stranger(server.address));
    const clients = await Promise.all(
      Array.from({ length: 10 }, () =>
        // This process is busy with thousands of sockets: a client that was too slow because of that comes again.
        eventually('a client is let in', () => Manager.connect(server.address, { authKey: KEY }), {
          within: 40_000,
        }),
      ),
    );
    for (const each of clients) {
      expect((await each.stats()).clients).toBeGreaterThan(0);
      await each.close();
    }
    for (const { socket } of strangers) socket.destroy();
  });
  await server.assertCalm();
});
