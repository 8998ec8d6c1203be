import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { Manager, type ManagerServer, type RemoteQueue } from '@mp/manager';
import { eventually, leakCheck } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

leakCheck();

/* Clients that give up while something is on its way to them: what was not read has not happened. */
const ROUNDS = 300;

function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** Some time, from none to about the time of a round trip. */
async function sometime(random: (below: number) => number): Promise<void> {
  const ways = [
    () => {},
    () => Promise.resolve(),
    () => new Promise((resolve) => process.nextTick(resolve)),
    turn,
    async () => {
      for (let turns = random(6); turns > 0; turns--) await turn();
    },
    () => delay(random(3)),
  ];
  await ways[random(ways.length)]();
}

describe.each([
  ['near', '127.0.0.1', 1],
  ['near', '127.0.0.1', 2],
  ['far', '127.0.0.2', 3],
  ['far', '127.0.0.2', 4],
])('%s at %s, seed %i', (_, host, seed) => {
  let server: ManagerServer;
  let one: Manager;
  let two: Manager;

  beforeAll(async () => {
    server = await Manager.serve({ host, port: 0 }, { authKey: 'key' });
    [one, two] = [await connect(), await connect()];
  });

  afterAll(async () => {
    await Promise.all([one.close(), two.close()]);
    await server.shutdown();
  });

  const connect = () => Manager.connect(server.address, { authKey: 'key' });

  async function pair(options = {}): Promise<[RemoteQueue<number>, RemoteQueue<number>]> {
    const name = `race-${seed}`;
    const pair = [await one.queue<number>({ name, ...options }), await two.queue<number>({ name })];
    await one.unlink(name);
    return pair as [RemoteQueue<number>, RemoteQueue<number>];
  }

  /** An abort or a timeout at some time. */
  function givingUp(random: (below: number) => number) {
    if (random(3) === 0) return { timeout: 1 + random(2) };
    const controller = new AbortController();
    void sometime(random).then(() => controller.abort(new Error('gave up')));
    return { signal: controller.signal };
  }

  test('a get that gives up takes no item, in whatever moment; the order stays', async () => {
    const random = seeded(seed);
    const [queue, other] = await pair();
    const got: number[] = [];
    let gaveUp = 0;
    for (let item = 0; item < ROUNDS; item++) {
      const gets = [queue, random(2) === 0 ? queue : other].map(async (from) => {
        const options = givingUp(random);
        try {
          const way = random(3);
          if (way === 0) got.push(await from.get(options));
          else if (way === 1) got.push(...(await from.getMany(2, options)));
          else {
            const lease = await from.lease(options);
            expect(lease.attempt).toBe(1);
            await lease.ack();
            got.push(lease.value);
          }
        } catch (error) {
          expect(['gave up', 'ERR_MP_TIMEOUT']).toContain(
            (error as { code?: string }).code ?? (error as Error).message,
          );
          gaveUp++;
        }
      });
      await sometime(random);
      await other.put(item);
      await Promise.all(gets);
    }
    const rest = await other.tryGetMany(ROUNDS);
    expect([...got, ...rest].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: ROUNDS }, (_, item) => item),
    );
    expect(rest).toEqual(rest.toSorted((a, b) => a - b));
    expect(gaveUp).toBeGreaterThan(ROUNDS / 10);
    expect(got.length).toBeGreaterThan(ROUNDS / 10);
  });

  test('a put that gives up does not appear later', async () => {
    const random = seeded(seed + 100);
    const [queue, other] = await pair({ maxSize: 1 });
    const refused = new Set<number>();
    const put = new Set<number>();
    const got: number[] = [];
    for (let item = 0; item < ROUNDS; item++) {
      // Of two puts one has to wait.
      const puts = [2 * item, 2 * item + 1].map((each) =>
        queue.put(each, givingUp(random)).then(
          () => put.add(each),
          () => refused.add(each),
        ),
      );
      await sometime(random);
      if (random(2) === 0) got.push(...(await other.tryGetMany(1)));
      await Promise.all(puts);
      // What is there when all have settled was put; a refused one may have been got before it gave up, only.
      await queue.size;
      const left = await other.tryGetMany(9);
      for (const each of left) expect(put.has(each), `${each} was refused, and is there`).toBe(true);
      got.push(...left);
    }
    expect(new Set(got).size).toBe(got.length);
    for (const each of put) expect(got).toContain(each);
    expect(refused.size).toBeGreaterThan(ROUNDS / 10);
    expect(put.size).toBeGreaterThan(ROUNDS / 10);
  });

  test('a manager that is closed in the middle of a loop loses no item', async () => {
    const random = seeded(seed + 200);
    for (let round = 0; round < 15; round++) {
      const clients = server.clients;
      const [queue] = await pair();
      const name = `loop-${seed}-${round}`;
      const shared = await one.queue<number>({ name });
      const leaving = await connect();
      const loop = await leaving.queue<number>({ name });
      const seen: number[] = [];
      const running = (async () => {
        for await (const item of loop) seen.push(item);
      })();
      const end = running.catch((error) => error);
      const puts: Promise<void>[] = [];
      const most = random(40);
      for (let item = 0; item < 50; item++) {
        puts.push(shared.put(item));
        if (item === most) {
          await sometime(random);
          void leaving.close();
        }
        if (random(4) === 0) await sometime(random);
      }
      await Promise.all(puts);
      expect(await end).toMatchObject({ code: 'ERR_MP_CLOSED' });
      await eventually('it has left', () => server.clients === clients);
      const rest = await shared.tryGetMany(100);
      expect([...seen, ...rest]).toEqual(Array.from({ length: 50 }, (_, item) => item));
      await one.unlink(name);
      shared.close();
      queue.close();
    }
  });

  test('10,000 items of two clients come in the order of each', async () => {
    const [queue, other] = await pair({ maxSize: 100 });
    const COUNT = 5_000;
    const produce = async (to: RemoteQueue<number>, sign: number) => {
      const puts: Promise<void>[] = [];
      for (let item = 1; item <= COUNT; item++) {
        puts.push(to.put(sign * item));
        if (puts.length === 200) await Promise.all(puts.splice(0));
      }
      await Promise.all(puts);
    };
    const consume = async (from: RemoteQueue<number>, isBatch: boolean) => {
      const items: number[] = [];
      if (!isBatch) for await (const item of from) items.push(item);
      else
        try {
          for (;;) items.push(...(await from.getMany(64)));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_MP_CLOSED' });
        }
      return items;
    };
    const consumed = [consume(queue, false), consume(other, true)];
    await Promise.all([produce(queue, 1), produce(other, -1)]);
    await queue.shutdown();
    const all = await Promise.all(consumed);
    for (const items of all) {
      const ofOne = items.filter((item) => item > 0);
      const ofOther = items.filter((item) => item < 0);
      expect(ofOne).toEqual(ofOne.toSorted((a, b) => a - b));
      expect(ofOther).toEqual(ofOther.toSorted((a, b) => b - a));
    }
    expect(all.flat().toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 2 * COUNT + 1 }, (_, index) => index - COUNT).filter((item) => item !== 0),
    );
  });
});
