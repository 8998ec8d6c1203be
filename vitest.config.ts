import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tools/longest-first.mjs';

/** How many times as long anything may take, see packages/testing/src/watchdog.ts. */
const patience = Number(process.env.MP_TEST_PATIENCE ?? 1);

/**
 * One run for the whole repository. Two files at a time: the tests start processes and often wait for them, and two cores
 * are all a small machine has. Packages import each other's built `dist`, as users do.
 */
export default defineConfig({
  test: {
    include: ['{packages,apps}/*/{src,test}/**/*.test.ts', 'docs/**/*.test.ts', 'tools/**/*.test.ts'],
    setupFiles: ['packages/testing/src/setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // One limit for all tests, and far from what any of them takes: it only ends what hangs. Waits inside of a test have
    // limits of their own, which say what did not come.
    testTimeout: 300_000 * patience,
    hookTimeout: 300_000 * patience,
    teardownTimeout: 10_000,
  },
});
