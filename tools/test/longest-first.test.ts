import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TestSpecification, Vitest } from 'vitest/node';
import { LongestFirst } from '../longest-first.mjs';
import { ROOT } from '../workspace.mjs';

/** A run that knows nothing of earlier ones. */
const NO_CACHE = {
  config: { root: ROOT },
  cache: { getFileTestResults: () => undefined, getFileStats: () => undefined },
} as unknown as Vitest;
const PROJECT = { name: '', config: { isolate: true, sequence: { groupOrder: 0 } } };

it('the longest files of the recorded run go first, and before them those that it did not have', async () => {
  const recorded: Record<string, number> = JSON.parse(
    readFileSync(join(ROOT, 'tools/test-seconds.json'), 'utf8'),
  );
  const names = [...Object.keys(recorded), 'packages/new/test/new.test.ts'];
  const files = names.map(
    (name) => ({ moduleId: join(ROOT, name), project: PROJECT }) as unknown as TestSpecification,
  );
  const sorted = await new LongestFirst(NO_CACHE).sort(files);
  const seconds = sorted.map(({ moduleId }) => recorded[moduleId.slice(ROOT.length + 1)]);
  expect(seconds[0]).toBeUndefined();
  expect(seconds.slice(1)).toEqual(Object.values(recorded).sort((a, b) => b - a));
  expect(seconds.length).toBeGreaterThan(2);
});
