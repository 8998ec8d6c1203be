import { readdirSync } from 'node:fs';
import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const RUN = `suites${process.pid}`;

/** Runs one of the test files that are meant to fail. */
async function failuresOf(suite: string): Promise<{ failures: string[]; stderr: string }> {
  const run = spawnFixture(new URL('./fixtures/run-suite.mjs', import.meta.url), {
    args: [suite],
    // Warnings are raised, but not printed: this file's own leak check would fail for them.
    env: { NODE_NO_WARNINGS: '1', MP_TEST_RUN: RUN },
  });
  const failures = JSON.parse(await run.line()) as string[];
  await run.exited;
  return { failures, stderr: run.stderr };
}

test('leakCheck() fails a file that leaves things behind, and removes them', async () => {
  const { failures } = await failuresOf('leaky');
  expect(failures).toHaveLength(1);
  expect(failures[0]).toContain('This file left behind:');
  expect(failures[0]).toMatch(/- running fixture echo\.mjs \(pid \d+\)/);
  expect(failures[0]).toContain('- file n-leaky in the segment directory');
  expect(failures[0]).toContain('- descriptor to /dev/zero');
  expect(failures[0]).toContain('- process warning: Warning: odd');
  expect(readdirSync('/dev/shm').filter((name) => name.includes(RUN))).toEqual([]);
});

test('leakCheck() refuses a file that used the segment directory too early', async () => {
  const { failures } = await failuresOf('early');
  expect(failures).toEqual([expect.stringContaining('Make the first primitive in a hook or a test')]);
});

test('watchdog() ends a test that blocks its thread, and what it started', async () => {
  const { failures, stderr } = await failuresOf('blocked');
  expect(stderr).toMatch(/Watchdog: the test "blocks" blocks process \d+; ending it/);
  expect(stderr).toMatch(/below it: \d+ .*echo\.mjs/);
  expect(failures).not.toEqual([]);
});
