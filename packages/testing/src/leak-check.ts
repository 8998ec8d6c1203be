import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { threadState } from '@mp/core/internal';
import { afterAll, beforeAll } from 'vitest';
import { fixtureWarnings, runningFixtures } from './fixture.ts';
import { type Holdings, holdings, leaksSince, straysOf } from './leaks.ts';

/** The locks of a killed process with much memory go only some time after it. */
const QUIET_WITHIN_MS = 10_000;

/**
 * Gives the test file a segment directory of its own (`MP_DIR`, which its fixtures inherit), and fails the file when
 * its tests leave anything behind: a running fixture, a child or orphan, a segment, a doorbell, a descriptor, or a
 * process warning. Call it once, at the top of the file, so that its last hook runs after those of the tests.
 */
export function leakCheck(): void {
  let directory: string;
  let before: Holdings;
  const warnings: string[] = [];
  const onWarning = (warning: Error) => warnings.push(`process warning: ${warning.name}: ${warning.message}`);

  beforeAll(async () => {
    if (threadState.directory !== undefined) {
      throw new Error(
        `Cannot give this file a segment directory: ${threadState.directory} is in use already. ` +
          'Make the first primitive in a hook or a test, not while the file loads',
      );
    }
    directory = mkdtempSync(join(sharedMemory(), 'mp-test-'));
    process.env.MP_DIR = directory;
    process.on('warning', onWarning);
    // The first child makes libuv open a pipe for signals that it keeps.
    await once(spawn('true', { stdio: 'ignore' }), 'exit');
    before = holdings();
  });

  afterAll(async () => {
    const unended = [...runningFixtures].map(([, title]) => `running fixture ${title}`);
    await Promise.all([...runningFixtures.keys()].map((fixture) => fixture.kill()));
    const leaks = await quiet(before, directory);
    for (const pid of straysOf(before, directory)) process.kill(pid, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
    process.off('warning', onWarning);
    const all = [...unended, ...leaks, ...warnings, ...fixtureWarnings.map((each) => `warning of ${each}`)];
    if (all.length > 0) throw new Error(`This file left behind:\n- ${all.join('\n- ')}`);
  });
}

/** What is still leaked when nothing changes for the better any more. */
async function quiet(before: Holdings, directory: string): Promise<string[]> {
  const end = performance.now() + QUIET_WITHIN_MS;
  for (;;) {
    const leaks = leaksSince(before, directory);
    if (leaks.length === 0 || performance.now() > end) return leaks;
    await delay(20);
  }
}

function sharedMemory(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}
