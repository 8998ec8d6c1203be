import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually, holdings, leakCheck, leaksSince, spawnFixture } from '@mp/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { findExamples, makeProject, missingOutput, writePrograms } from '../tools/examples.mjs';
import { ROOT } from '../tools/workspace.mjs';

leakCheck();

const project = mkdtempSync(join(tmpdir(), 'mp-examples-'));
makeProject(ROOT, project);
afterAll(() => rmSync(project, { recursive: true }));

const examples = findExamples(ROOT);
const pages = [...new Set(examples.map(({ page }) => page))];

describe.each(pages)('%s', (page) => {
  const ofPage = examples.filter((each) => each.page === page);
  const programs = writePrograms(ofPage, join(project, page.replaceAll('/', '-')));
  test.each(programs)('line $example.line', { timeout: 30_000 }, async ({ example, path }) => {
    const before = holdings();
    const run = spawnFixture(pathToFileURL(path));
    const output = await run.rest();
    expect(await run.exited, run.stderr).toEqual({ code: 0, signal: null });
    expect(
      missingOutput(example, output),
      `It printed:\n${output.join('\n')}\n${run.stderr}`,
    ).toBeUndefined();
    await eventually('it left nothing behind', () => leaksSince(before, process.env.MP_DIR!).length === 0);
  });
});
