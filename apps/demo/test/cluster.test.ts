import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  descendantsOf,
  describeNeeding,
  eventually,
  isRunning,
  leakCheck,
  RedisServer,
  spawnFixture,
} from '@mp/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeLogTree } from './log-tree.ts';
import { ctrlC, demo, inTerminal, lineLike } from './program.ts';
import { MAIN } from './tour.ts';

leakCheck();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mp-demo-cluster-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('says what is missing', async () => {
  const { code, stderr } = await demo(['cluster'], { PATH: folder });
  expect([code, stderr]).toEqual([
    1,
    'There is no redis-server. Debian and Ubuntu have it: apt install redis-server\n',
  ]);
  expect(await demo(['cluster', 'a', 'b'])).toMatchObject({ code: 2 });
});

describeNeeding(RedisServer.missing, 'the log pipeline on several machines', () => {
  test('counts every log once, though a machine is killed with one', async () => {
    const root = join(folder, 'logs');
    makeLogTree(root);
    const { code, lines, stderr } = await demo(['cluster', root]);
    const all = lines.join('\n');
    expect(code, `${all}\n${stderr}`).toBe(0);
    const [, logs] = /^Redis at redis:\S+, 3 machines, (\d+) logs$/m.exec(all) as RegExpExecArray;
    expect(all).toMatch(/^machine \d+ is killed by SIGKILL, with a log in its hands$/m);
    const [, delivered] = new RegExp(`^${logs} logs, (\\d+) deliveries, ${logs} results$`, 'm').exec(
      all,
    ) as RegExpExecArray;
    // It had two at most.
    expect([Number(logs) + 1, Number(logs) + 2]).toContain(Number(delivered));
    expect(lines.at(-1)).toBe('every log has one result, and each is right');
    const [theirs, ours] = lines
      .slice(-3)
      .map((line) => /^\d+ lines, \d+ bytes, \d+ entries/.exec(line)?.[0]);
    expect(theirs).toBe(ours);
  });

  test('Ctrl-C leaves nothing', async () => {
    const run = inTerminal(['cluster', makeLargeLogs()]);
    // After a third of the logs.
    await lineLike(run, /^machine \d+ is killed/);
    const below = descendantsOf(run.pid);
    expect(await ctrlC(run), run.stderr).toEqual({ code: 130, signal: null });
    await eventually('all have ended', () => below.every((pid) => !isRunning(pid)));
  });

  test('a demo that is killed leaves neither a Redis nor its data', async () => {
    const temporary = join(folder, 'temporary');
    mkdirSync(temporary);
    const run = spawnFixture(MAIN, { args: ['cluster', makeLargeLogs()], env: { TMPDIR: temporary } });
    await lineLike(run, /^machine \d+ is killed/);
    const below = descendantsOf(run.pid);
    expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^mp-demo-redis-/)]);
    await run.kill();
    await eventually('all have ended', () => below.every((pid) => !isRunning(pid)), { within: 60_000 });
    expect(readdirSync(temporary)).toEqual([]);
  });
});

/** Logs that are read for long enough that something can happen meanwhile. @returns their directory */
function makeLargeLogs(): string {
  const root = mkdtempSync(join(folder, 'large-'));
  const log = gzipSync('large (1) x; urgency=low\n  * Fix one of very many things\n'.repeat(100_000));
  for (let index = 0; index < 90; index++) {
    mkdirSync(join(root, `large-${index}`), { recursive: true });
    writeFileSync(join(root, `large-${index}/changelog.gz`), log);
  }
  return root;
}
