import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { threadState } from '@mp/core/internal';
import { afterAll, beforeAll } from 'vitest';
import { removeCutCopies } from './cut-copies.ts';
import { fixtureWarnings, runningFixtures } from './fixture.ts';
import { type Holdings, holdings, leaksSince, straysOf } from './leaks.ts';

/** The locks of a killed process with much memory go only some time after it. */
const UNCHANGED_MS = 2_000;

/**
 * Gives the test file a segment directory of its own (`MP_DIR`, which its fixtures inherit), and fails the file when
 * its tests leave anything behind: a running fixture, a child or orphan, a segment, a doorbell, a descriptor, or a
 * process warning. Call it once, at the top of the file, so that its last hook runs after those of the tests.
 */
export function leakCheck(): void {
  let directory: string;
  let before: Holdings | undefined;
  const warnings: string[] = [];
  const onWarning = (warning: Error) => warnings.push(`process warning: ${warning.name}: ${warning.message}`);

  beforeAll(async () => {
    if (threadState.directory !== undefined) {
      throw new Error(
        `Cannot give this file a segment directory: ${threadState.directory} is in use already. ` +
          'Make the first primitive in a hook or a test, not while the file loads',
      );
    }
    // The whole run's tool looks for directories with its number that nobody removed.
    directory = mkdtempSync(join(sharedMemory(), `mp-test-${process.env.MP_TEST_RUN ?? process.pid}-`));
    process.env.MP_DIR = directory;
    process.on('warning', onWarning);
    // The first child makes libuv open a pipe for signals that it keeps.
    await once(spawn('true', { stdio: 'ignore' }), 'exit');
    before = holdings();
  });

  afterAll(async () => {
    process.off('warning', onWarning);
    removeCutCopies();
    if (before === undefined) return;
    const unended = [...runningFixtures].map(([, title]) => `running fixture ${title}`);
    await Promise.all([...runningFixtures.keys()].map((fixture) => fixture.kill()));
    const leaks = await quiet(before, directory);
    for (const pid of straysOf(before, directory)) process.kill(pid, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
    const all = [...unended, ...leaks, ...warnings, ...fixtureWarnings.map((each) => `warning of ${each}`)];
    if (all.length > 0) throw new Error(`This file left behind:\n- ${all.join('\n- ')}`);
  });
}

/** What is still leaked when nothing changes any more. */
async function quiet(before: Holdings, directory: string): Promise<string[]> {
  let leaks = leaksSince(before, directory);
  let end = performance.now() + UNCHANGED_MS;
  while (leaks.length > 0 && performance.now() < end) {
    await delay(20);
    const now = leaksSince(before, directory);
    if (now.length < leaks.length) end = performance.now() + UNCHANGED_MS;
    leaks = now;
  }
  return leaks;
}

function sharedMemory(): string {
  // As a Mac has it: on a disk.
  if (process.env.MP_NATIVE === 'posix') return tmpdir();
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}
