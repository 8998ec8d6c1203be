import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, isRunning, leakCheck, spawnFixture } from '@mp/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { KINDS, run, runKind } from './program.ts';

leakCheck();

const FIXTURE = new URL('fixtures/family-life.mjs', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'mp-life-'));
afterAll(() => rmSync(folder, { recursive: true }));

const scene = async (name: string) => {
  const { lines, stderr, code } = await run('family-life.mjs', { args: [name] });
  expect([stderr, code]).toEqual(['', 0]);
  return lines;
};

describe('a parent, seen from its child,', () => {
  it.each(KINDS)('lives until it has ended, and leaves a waiter for that a second (%s)', async (kind) => {
    const main = spawnFixture(FIXTURE, { args: ['parent in the middle'], env: { MP_TEST_KIND: kind } });
    const { pid, parent, alive } = JSON.parse(await main.line());
    expect([alive, parent === main.pid]).toEqual([true, kind === 'Thread']);
    expect(JSON.parse(await main.line())).toEqual([false, false, 'TimeoutError', true, 'waits']);
    main.say('terminate the one in the middle');
    expect(JSON.parse(await main.line())).toEqual([true, false, true]);
    await eventually('the child is gone', () => !isRunning(pid), { within: 2_000 });
    expect(isRunning(parent)).toBe(kind === 'Thread');
    main.say('end');
    expect((await main.exited).code, main.stderr).toBe(0);
  });

  it.each(KINDS)('may end before its child is up, which then ends quietly (%s)', async (kind) => {
    const { lines, stderr, code } = await runKind(kind)('family-life.mjs', {
      args: ['parent that ends at once'],
    });
    expect([lines, stderr, code]).toEqual([[], '', 0]);
  });

  it('that is a process lives as long as its thread', async () => {
    expect(await scene('parent of a thread')).toEqual([[true, false]]);
  });
});

it('a process waits for its threads before it ends, but not for daemons', async () => {
  expect(await scene('waits for its threads')).toEqual(['napped', 0]);
});

describe.each(KINDS)('a %s', (kind) => {
  const scene = async (name: string) => {
    const { lines, stderr, code } = await runKind(kind)('family-life.mjs', {
      args: [name],
      execArgv: ['--expose-gc'],
    });
    expect([stderr, code]).toEqual(['', 0]);
    return lines;
  };

  it('can be waited for together with others', async () => {
    expect(await scene('waitable')).toEqual([
      `Cannot wait for ${kind}-1: it was not started`,
      0,
      'TimeoutError',
      [true],
      1,
      2,
      `${kind}-1 was closed`,
    ]);
  });

  it('keeps its parent alive as long as that waits for it, also as a daemon', async () => {
    expect(await scene('keeps the loop')).toEqual(['napped', 1]);
    expect(await scene('lets go of the loop')).toEqual([false]);
  });

  it('is forgotten when it has ended, and what it was called with once it was started', async () => {
    expect(await scene('collected')).toEqual([true, true]);
  });

  it('may be one of many', async () => {
    const lines = await scene('many');
    expect(lines.slice(0, -1)).toEqual(Array(5).fill('napped'));
    expect(lines.at(-1)).toEqual([0, 0, 0, 0, 0, -15, -15, -15, -15, -15]);
  });

  it('leaves no zombie when nobody joins it', async () => {
    expect(await scene('unjoined')).toEqual(['']);
  });
});

it('a process has no descriptors of its parent, and none more for its siblings', async () => {
  const lines = await scene('descriptors');
  expect(lines).toEqual(Array(3).fill([expect.any(Number), []]));
  expect(new Set(lines.map(([count]) => count)).size).toBe(1);
});

it('a child that breaks its own output ends as it would', async () => {
  const lines = await scene('breaks its output');
  expect(lines).toHaveLength(6);
  for (const [how, exitCode] of lines) expect([how, exitCode]).toEqual([how, 0]);
});

describe('when nobody reads what a program writes', () => {
  const program = fileURLToPath(new URL('fixtures/unheard.mjs', import.meta.url));

  /** Runs it in a shell. @returns what became of its children */
  function results(how: string, redirection: string): unknown {
    const file = join(folder, 'result');
    const env = { ...process.env, NODE: process.execPath, PROGRAM: program, RESULT: file, HOW: how };
    const command = `"$NODE" "$PROGRAM" "$RESULT" "$HOW" ${redirection}`;
    expect(spawnSync('sh', ['-c', command], { env, timeout: 60_000 }).signal).toBe(null);
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    return JSON.parse(text);
  }

  const CHILDREN = [
    ['Process', 0],
    ['Process', 1, 'RangeError: it fails'],
    ['Thread', 1, 'RangeError: it fails'],
  ];

  it.each(['>&- 2>&- <&-', '2>&-'])('because it is closed, its children end as they would (%s)', (closed) => {
    expect(results('closed', closed)).toEqual([...CHILDREN, ['Thread', 0], ['after them']]);
  });

  it.each(['| true', '2>&1 | true', '>/dev/full'])('its children end as they would (%s)', (broken) => {
    expect(results('broken', broken)).toEqual([...CHILDREN, ['after them']]);
  });

  it.each(['| true', '2>&1 | true'])('and it listens for that, its threads may write (%s)', (broken) => {
    expect(results('listens', broken)).toEqual([...CHILDREN, ['Thread', 0], ['after them']]);
  });
});

it('processes are started by what process.execPath says', async () => {
  const wrapper = join(folder, 'my node');
  writeFileSync(wrapper, `#!/bin/sh\nMP_TEST_WORD=wrapped exec "${process.execPath}" "$@"\n`);
  chmodSync(wrapper, 0o700);
  const preload = `process.execPath = ${JSON.stringify(wrapper)}; delete process.env.MP_TEST_WORD`;
  const { lines } = await run('options.mjs', {
    args: ['{}'],
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(preload)}`],
    env: { MP_TEST_WORD: 'of the parent' },
  });
  expect(lines[1]).toMatchObject({ argv: [] });
  expect(lines.at(-1)).toEqual({ exitCode: 0 });
});
