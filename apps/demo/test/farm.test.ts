import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { hostname } from 'node:os';
import {
  childrenOf,
  describeNeeding,
  type Fixture,
  isRunning,
  leakCheck,
  spawnFixture,
  TwoHosts,
} from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { Ledger } from '../src/farm/ledger.ts';
import { ctrlC, demo, inTerminal, lineLike } from './program.ts';
import { MAIN } from './tour.ts';

leakCheck();

const KEY = { FARM_KEY: 'a secret' };

/** Known numbers of primes below so many millions. */
const PRIMES: Readonly<Record<number, number>> = {
  2: 148_933,
  6: 412_849,
  40: 2_433_654,
};

/** So many that they take seconds: other programs start and are ended meanwhile. */
const MANY = 40;
const MANY_IDS = Array.from({ length: MANY }, (_, id) => id);
const MANY_PRIMES = `${PRIMES[MANY]} primes below ${MANY}000000, as the sieve finds too`;

const nameOf = ({ pid }: { pid: number }) => `${hostname()}/${pid}`;

/** The numbers of the jobs that were done, in order. */
function jobsDone(lines: readonly string[]): number[] {
  return lines
    .flatMap((line) => /^job (\d+): /.exec(line)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

async function startMaster(jobs: number): Promise<{ master: Fixture; place: string }> {
  const master = spawnFixture(MAIN, {
    args: ['farm', 'master', '--port', '0', '--jobs', String(jobs)],
    env: KEY,
  });
  const [, place] = await lineLike(master, /^master at (127\.0\.0\.1:\d+), \d+ jobs wait for workers$/);
  return { master, place };
}

function startWorker(place: string): Fixture {
  return spawnFixture(MAIN, { args: ['farm', 'worker', place], env: KEY });
}

describe('alone', () => {
  test('does every job once, though a worker is killed with one', async () => {
    const { code, lines, stderr } = await demo(['farm', '--jobs', '6']);
    const all = lines.join('\n');
    expect(code, `${all}\n${stderr}`).toBe(0);
    const [, killed, job] = /^(\S+) is killed by SIGKILL, with job (\d+)$/m.exec(all) as RegExpExecArray;
    const [, heir] = new RegExp(`^job ${job} is given again: to (\\S+)$`, 'm').exec(all) as RegExpExecArray;
    expect(heir).not.toBe(killed);
    expect(all).toMatch(new RegExp(`^job ${job}: \\d+ primes, by ${heir}$`, 'm'));
    expect(jobsDone(lines)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(lines.slice(-2)).toEqual([
      '6 jobs, 7 deliveries, 6 results',
      `${PRIMES[6]} primes below 6000000, as the sieve finds too`,
    ]);
  });

  test('Ctrl-C leaves nothing', async () => {
    const run = inTerminal(['farm', '--jobs', '100']);
    await lineLike(run, /^job \d+: /);
    const workers = childrenOf(run.pid);
    expect(await ctrlC(run), run.stderr).toEqual({ code: 130, signal: null });
    expect(workers.filter(isRunning)).toEqual([]);
  });
});

describe('master and workers as programs of their own', () => {
  test('share the jobs', async () => {
    const { master, place } = await startMaster(MANY);
    const workers = [startWorker(place), startWorker(place)];
    const counts = [];
    for (const worker of workers) {
      const [line] = await worker.rest();
      expect(await worker.exited, worker.stderr).toEqual({ code: 0, signal: null });
      counts.push(Number(/^all jobs are done, (\d+) of them here$/.exec(line)?.[1]));
    }
    expect(counts[0] + counts[1]).toBe(MANY);
    const lines = await master.rest();
    expect(await master.exited, master.stderr).toEqual({ code: 0, signal: null });
    expect(jobsDone(lines)).toEqual(MANY_IDS);
    expect(lines.slice(-2)).toEqual([`${MANY} jobs, ${MANY} deliveries, ${MANY} results`, MANY_PRIMES]);
  });

  test.each([
    ['SIGKILL', { code: null, signal: 'SIGKILL' }],
    ['SIGINT', { code: 130, signal: null }],
  ] as const)('a worker that is ended by %s gives its job back', async (signal, ending) => {
    const { master, place } = await startMaster(MANY);
    const first = startWorker(place);
    const done = await lineLike(master, /^job (\d+): \d+ primes, by (\S+)$/);
    expect(done[2]).toBe(nameOf(first));
    expect(await first.kill(signal), first.stderr).toEqual(ending);
    const second = startWorker(place);
    expect(await second.exited, second.stderr).toEqual({ code: 0, signal: null });
    const lines = await master.rest();
    expect(await master.exited, master.stderr).toEqual({ code: 0, signal: null });
    expect(jobsDone([done[0], ...lines])).toEqual(MANY_IDS);
    expect(lines.at(-1)).toBe(MANY_PRIMES);
    // It may have been between two jobs.
    const ways = [MANY, MANY + 1].map((deliveries) => {
      return `${MANY} jobs, ${deliveries} deliveries, ${MANY} results`;
    });
    expect(ways).toContain(lines.at(-2));
  });

  test('a worker with another key is refused, and the jobs wait for one with the right key', async () => {
    const { master, place } = await startMaster(2);
    const { code, lines, stderr } = await demo(['farm', 'worker', place], { FARM_KEY: 'a guess' });
    expect([code, lines]).toEqual([1, []]);
    expect(stderr).toMatch(/authKey: it has another one\. Set FARM_KEY to the secret of the master\n$/);
    await lineLike(master, /^refused a worker: .*authKey/);
    const worker = startWorker(place);
    expect(await worker.exited, worker.stderr).toEqual({ code: 0, signal: null });
    const rest = await master.rest();
    expect(rest.at(-1)).toBe(`${PRIMES[2]} primes below 2000000, as the sieve finds too`);
  });

  test('a worker whose master is killed says so', async () => {
    const { master, place } = await startMaster(100);
    const worker = startWorker(place);
    await lineLike(master, /^job \d+: /);
    await master.kill();
    expect(await worker.exited).toEqual({ code: 1, signal: null });
    expect(worker.stderr).toMatch(/^The manager is gone: [^\n]*\n$/);
  });

  test('a master that waits is ended by Ctrl-C', async () => {
    const master = inTerminal(['farm', 'master', '--port', '0'], KEY);
    await lineLike(master, /^master at /);
    expect(await ctrlC(master)).toEqual({ code: 130, signal: null });
  });
});

describeNeeding(TwoHosts.missing, 'a master on one machine, and its worker on another', () => {
  test('do the jobs', async () => {
    const hosts = TwoHosts.make();
    try {
      const { left, right } = hosts;
      const where = ['--host', left.address, '--port', '0', '--jobs', '2'];
      const master = spawnFixture(MAIN, {
        args: ['farm', 'master', ...where],
        env: KEY,
        prefix: left.prefix,
      });
      const [, place] = await lineLike(master, /^master at (\S+), 2 jobs wait for workers$/);
      const worker = spawnFixture(MAIN, { args: ['farm', 'worker', place], env: KEY, prefix: right.prefix });
      expect(await worker.rest(), worker.stderr).toEqual(['all jobs are done, 2 of them here']);
      expect((await master.rest()).at(-1)).toBe(`${PRIMES[2]} primes below 2000000, as the sieve finds too`);
      expect(await master.exited, master.stderr).toEqual({ code: 0, signal: null });
    } finally {
      hosts.close();
    }
  });
});

test('a job that two workers have done counts once', async () => {
  const ledger = new Ledger();
  await ledger.begin(0, 'first', 1);
  // The first was cut off for a while.
  await ledger.begin(0, 'second', 2);
  const done = ledger.whenDone(1);
  for (const worker of ['second', 'first']) ledger.finish(0, worker, 25);
  await done;
  expect(await ledger.whenBegun(2)).toEqual({ job: 0, worker: 'second' });
  expect(ledger.report()).toEqual({
    ...{ results: 1, primes: 25, deliveries: 2 },
    byWorker: [
      ['first', 0],
      ['second', 1],
    ],
  });
});

describe('what cannot begin', () => {
  test('a master whose port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    const { code, lines, stderr } = await demo(['farm', 'master', '--port', port], KEY);
    server.close();
    expect([code, lines]).toEqual([1, []]);
    expect(stderr).toMatch(
      new RegExp(`^Cannot listen on 127\\.0\\.0\\.1:${port}: it is in use \\(EADDRINUSE\\)`),
    );
  });

  test('a worker without a master', async () => {
    const { code, stderr } = await demo(['farm', 'worker', '127.0.0.1:1'], KEY);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Cannot connect to 127\.0\.0\.1:1: nobody listens there \(ECONNREFUSED\)[^\n]*\n$/,
    );
  });

  test.each([
    [['master'], { FARM_KEY: undefined }, 'There is no key: set FARM_KEY'],
    [['worker', '127.0.0.1:1'], { FARM_KEY: '' }, 'There is no key: set FARM_KEY'],
    [['master', '--port', '65536'], KEY, '--port must be a whole number from 0 to 65535, not "65536"'],
    [['master', '127.0.0.1'], KEY, 'Cannot understand 127.0.0.1'],
    [['worker'], KEY, 'A worker must be told where its master is'],
    [['worker', '127.0.0.1'], KEY, 'A worker must be told where its master is'],
    [['worker', '127.0.0.1:0'], KEY, 'The port must be a whole number from 1 to 65535, not "0"'],
    [['gardener'], KEY, 'A farm has no gardener'],
    [['--jobs', '101'], KEY, '--jobs must be a whole number from 1 to 100, not "101"'],
  ])('%s is answered with the usage', async (args, env, message) => {
    const { code, lines, stderr } = await demo(['farm', ...args], env);
    expect([code, lines]).toEqual([2, []]);
    expect(stderr.startsWith(message), stderr).toBe(true);
    expect(stderr).toContain('npm run demo -- farm worker <host>:<port>');
  });
});
