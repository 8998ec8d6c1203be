import { defineConfig } from 'vitest/config';

/**
 * One run for the whole repository, one file at a time: the tests start processes, and two cores are all a
 * small machine has. Packages import each other's built `dist`, as users do.
 */
export default defineConfig({
  test: {
    include: ['{packages,apps}/*/{src,test}/**/*.test.ts', 'docs/**/*.test.ts', 'tools/**/*.test.ts'],
    setupFiles: ['packages/testing/src/setup.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
  },
});
