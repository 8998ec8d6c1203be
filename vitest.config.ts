import { defineConfig } from 'vitest/config';
import { LIMIT_MS } from './packages/testing/src/patience.ts';
import { LongestFirst } from './tools/longest-first.mjs';

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
    testTimeout: LIMIT_MS,
    hookTimeout: LIMIT_MS,
    teardownTimeout: 10_000,
  },
});
