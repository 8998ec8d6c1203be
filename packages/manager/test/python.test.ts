import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describeNeeding, leakCheck, pythons, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/** CPython before 3.12 proves a key with MD5 only, which a manager refuses. */
const found = (await pythons()).filter(({ version }) => isAtLeast(version, 3, 12));
const missing = found.length === 0 ? 'there is no Python 3.12 or later here' : undefined;

const MASTER = new URL('fixtures/distributed.mjs', import.meta.url);
const WORKER = fileURLToPath(new URL('fixtures/worker.py', import.meta.url));
const KEY = 'shared by both hosts';
const TASKS = 100;

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [found, second] = version.split('.').map(Number);
  return found > major || (found === major && second >= minor);
}

describeNeeding(missing, 'a worker in Python', () => {
  test.for(found)('a worker in Python $version does the tasks of a queue', async ({ path }) => {
    const master = spawnFixture(MASTER, { args: ['master', '127.0.0.1', String(TASKS)] });
    const { host, port } = JSON.parse(await master.line());
    const worker = spawn(path, [WORKER, host, String(port), KEY], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: worker.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('"ready"');
    master.say('begin');
    expect((await lines.next()).value).toBe('"end"');
    if (worker.exitCode === null) await once(worker, 'exit');
    expect(worker.exitCode).toBe(0);
    master.say('the worker has ended');
    const { results, left } = JSON.parse(await master.line());
    expect(left).toBe(0);
    expect(results).toEqual(
      Array.from({ length: TASKS }, (_, number) => ({
        number,
        square: number ** 2,
        by: 'python',
        attempt: 1,
      })),
    );
    expect(await master.exited).toEqual({ code: 0, signal: null });
  });
});
