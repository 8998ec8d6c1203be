import { setTimeout as delay } from 'node:timers/promises';
import { Channel, sweep } from '@mp/core/internal';
import { type Connection, pipe } from '@mp/pipe';
import { encode } from '@mp/serde/internal';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

/*
 * Processes that use a pipe as fast as they can are killed at random moments. Whatever they had sent is there, whole
 * and in order; then comes the end of file; and nobody who survives waits for ever.
 */
const PROGRAM = new URL('./fixtures/random-peer.mjs', import.meta.url);
const SEED = Number(process.env.MP_SEED ?? 20_261_125);
const ROUNDS = 6;
const LONGEST_MS = 60;
const WITHIN = { timeout: 20_000 };

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ends: Connection[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end.close();
  sweep();
});

/** A peer that lives for a random time from its first sign of life on. */
async function doomed(what: string, chance: number, onStart: (here: Connection) => Promise<unknown>) {
  const [here, there] = pipe();
  ends.push(here);
  const channel = Channel.create(4096);
  const { bytes, pins } = encode(there, channel.carrier);
  channel.send(bytes, 0);
  pins.sent();
  const peer = spawnFixture(PROGRAM, { args: [channel.segment.file, what] });
  await onStart(here);
  channel.close();
  const killed = delay(chance * LONGEST_MS).then(() => peer.kill());
  return { here, killed };
}

function expectPayload(value: unknown, id: number): void {
  const { id: found, bytes } = value as { id: number; bytes: Buffer };
  if (found !== id || !bytes.equals(Buffer.alloc((id * 7919) % 90_000, id))) expect(found).toBe(id);
}

test.each(['produce', 'produceAsync'])(
  `a producer killed at random moments (%s, seed ${SEED})`,
  async (what) => {
    const next = random(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      const { here, killed } = await doomed(what, next(), (end) => end.poll(WITHIN));
      let id = 0;
      try {
        if (round % 2 === 0) {
          for (;;) expectPayload(await here.recv(WITHIN), id++);
        } else {
          await killed;
          for (;;) expectPayload(here.recvSync(WITHIN), id++);
        }
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_MP_CLOSED' });
      }
      expect(id).toBeGreaterThan(0);
      await killed;
      here.close();
    }
  },
);

test.each(['echo', 'echoAsync'])(
  `a peer that echoes, killed at random moments (%s, seed ${SEED})`,
  async (what) => {
    const next = random(SEED + 1);
    for (let round = 0; round < ROUNDS; round++) {
      const { here, killed } = await doomed(what, next(), async (end) => {
        await end.send(-1);
        expect(await end.recv(WITHIN)).toBe(-1);
      });
      let sent = 0;
      let received = 0;
      const sending = (async () => {
        for (; ; sent++) await here.send(sent, WITHIN);
      })();
      const receiving = (async () => {
        for (; ; received++) if ((await here.recv(WITHIN)) !== received) throw new Error(`not ${received}`);
      })();
      for (const each of await Promise.allSettled([receiving, sending])) {
        expect(each).toMatchObject({ status: 'rejected', reason: { code: 'ERR_MP_CLOSED' } });
      }
      expect(received).toBeLessThanOrEqual(sent);
      await killed;
      here.close();
    }
  },
);

test(`a peer that gives connections away, killed at random moments (seed ${SEED})`, async () => {
  const next = random(SEED + 2);
  for (let round = 0; round < ROUNDS; round++) {
    const { here, killed } = await doomed('give', next(), (end) => end.poll(WITHIN));
    let id = 0;
    try {
      for (; ; id++) {
        const given = (await here.recv(WITHIN)) as Connection;
        ends.push(given);
        expect(await given.recv(WITHIN)).toEqual({ id });
        await expect(given.recv(WITHIN)).rejects.toMatchObject({ code: 'ERR_MP_CLOSED' });
        given.close();
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_MP_CLOSED' });
    }
    expect(id).toBeGreaterThan(0);
    await killed;
    here.close();
  }
});
