import { describeNeeding, type Fixture, leakCheck, spawnFixture, TwoHosts } from '@mp/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

leakCheck();

const PROGRAM = new URL('fixtures/distributed.mjs', import.meta.url);
const KEY = 'shared by both hosts';

interface Result {
  number: number;
  square: number;
  by: number;
  attempt: number;
}

describeNeeding(TwoHosts.missing, 'a queue of tasks on one host, workers on another', () => {
  let hosts: TwoHosts;
  let programs: Fixture[];
  beforeEach(() => {
    hosts = TwoHosts.make();
    programs = [];
  });
  afterEach(async () => {
    for (const each of programs) {
      each.kill();
      await each.exited;
    }
    hosts.close();
  });

  function started(host: 'left' | 'right', ...args: string[]): Fixture {
    const program = spawnFixture(PROGRAM, { args, prefix: hosts[host].prefix });
    programs.push(program);
    return program;
  }

  async function master(tasks: number) {
    const program = started('left', 'master', hosts.left.address, String(tasks));
    const { port } = JSON.parse(await program.line());
    return { program, port: String(port) };
  }

  async function worker(port: string, ...more: string[]): Promise<Fixture> {
    const program = started('right', 'worker', hosts.left.address, port, KEY, ...more);
    expect(JSON.parse(await program.line())).toBe('ready');
    return program;
  }

  async function resultsOf(program: Fixture, tasks: number): Promise<Result[]> {
    program.say('the workers have ended');
    const { results, left } = JSON.parse(await program.line()) as { results: Result[]; left: number };
    expect(left).toBe(0);
    expect(results.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: tasks }, (_, number) => number),
    );
    for (const { number, square } of results) expect(square).toBe(number ** 2);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    return results;
  }

  test('each task is done once, by either of two workers', async () => {
    const { program, port } = await master(200);
    const workers = [await worker(port), await worker(port)];
    program.say('begin');
    for (const each of workers) {
      expect((await each.rest()).at(-1)).toBe('"end"');
      expect(await each.exited).toEqual({ code: 0, signal: null });
    }
    await resultsOf(program, 200);
  });

  test('the work of a worker that is killed is done by another', async () => {
    const { program, port } = await master(50);
    const doomed = await worker(port, 'stuck');
    program.say('begin');
    const { stuck } = JSON.parse(await doomed.line());
    const heir = await worker(port);
    doomed.kill();
    expect(await doomed.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect((await heir.rest()).at(-1)).toBe('"end"');
    const results = await resultsOf(program, 50);
    expect(results.find(({ number }) => number === stuck)).toMatchObject({ by: heir.pid, attempt: 2 });
  });

  test('all goes on after the link was cut for 5 s', async () => {
    const { program, port } = await master(2_000);
    const cut = await worker(port);
    program.say('begin');
    await cut.line();
    hosts.cut();
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    hosts.mend();
    expect((await cut.rest()).at(-1)).toBe('"end"');
    const results = await resultsOf(program, 2_000);
    expect(new Set(results.map(({ attempt }) => attempt))).toEqual(new Set([1]));
  });

  test('a worker with another key is refused', async () => {
    const { port } = await master(1);
    const stranger = started('right', 'worker', hosts.left.address, port, 'another key');
    expect(JSON.parse(await stranger.line())).toMatchObject({ code: 'ERR_MP_AUTHENTICATION' });
    expect(await stranger.exited).toEqual({ code: 1, signal: null });
  });
});
