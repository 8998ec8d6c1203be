import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { childrenOf, describeNeeding, isRunning, leakCheck, TestBrowser } from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ctrlC, demo, inTerminal, lineLike } from './program.ts';

leakCheck();

/** One takes 25 ms. */
const LOGS = 80;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mp-demo-'));
  for (let index = 0; index < LOGS; index++) {
    mkdirSync(join(folder, 'logs', `package-${index}`), { recursive: true });
    writeFileSync(
      join(folder, 'logs', `package-${index}`, 'changelog.gz'),
      gzipSync(`package-${index} (1) x; urgency=low\n  * Fix\n`.repeat(100)),
    );
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(...args: string[]) {
  const run = inTerminal(['web', join(folder, 'logs'), '--workers', '3', '--kill', '1', ...args]);
  const [, address] = await lineLike(run, /^open (http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/)$/);
  return { run, address };
}

describeNeeding(TestBrowser.missing, 'the page beside the pipeline', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.start();
  });
  afterAll(() => browser.close());

  test('shows processes, the lock and its waiters, the queue, the pool, a killed worker and who recovers what it left', async () => {
    const { run, address } = await start();
    const { page, problems } = await browser.open(address);
    const seen = (selector: string, hasText: string | RegExp) =>
      page.locator(selector, { hasText }).first().waitFor();
    await seen('#processes .row', `pid ${run.pid} `);
    await seen('#graph .node.object', `report-${run.pid}`);
    await seen('#graph .node.agent.waiting', 'pid');
    await seen('.card', new RegExp(`files-${run.pid}[^]*[1-9]\\d* of 120[^]*leased`));
    await seen('#timeline-note', /^\d+ workers?, [1-9]\d* busy/);
    const told = new RegExp(
      `pid (\\d+)\\) died[^]*Lock report-${run.pid}: (?:taken over by|recovered)[^]*worker \\d+ has taken its place`,
    );
    const departure = page.locator('.departure', { hasText: told }).first();
    await departure.waitFor();
    const [, pid] = told.exec((await departure.textContent())!)!;
    await page.locator(`#processes [data-key="${pid}"].dead`).waitFor();
    // What is red was killed.
    await lineLike(run, new RegExp(`^worker ${pid} is killed by SIGKILL$`));
    const pids = childrenOf(run.pid);
    expect(await ctrlC(run), run.stderr).toEqual({ code: 0, signal: null });
    await seen('#status', 'mp web has ended');
    expect(problems).toEqual([]);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(readdirSync(process.env.MP_DIR!).filter((file) => /^[sn]-/.test(file))).toEqual([]);
    await page.close();
  });
});

describe('without a page that is open', () => {
  test('the logs are read while workers are killed, and Ctrl-C leaves nothing', async () => {
    const { run } = await start();
    await lineLike(run, /^worker \d+ is killed by SIGKILL/);
    await lineLike(run, /^[1-9]\d* logs read$/);
    expect(await ctrlC(run), run.stderr).toEqual({ code: 0, signal: null });
    expect(run.stderr).toBe('');
    expect(readdirSync(process.env.MP_DIR!).filter((file) => /^[sn]-/.test(file))).toEqual([]);
  });

  test('what it cannot do is a message', async () => {
    const empty = await demo(['web', join(folder, 'logs', 'none')]);
    expect([empty.code, empty.stderr]).toEqual([
      1,
      expect.stringMatching(/^Cannot read the logs of .*none: ENOENT/),
    ]);
    for (const args of [['--port', 'x'], ['--workers', '1'], ['--kill', '0'], ['a', 'b'], ['']]) {
      expect(await demo(['web', ...args]), String(args)).toMatchObject({ code: 2 });
    }
  });
});
