import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually, holdings, leakCheck, leaksSince, spawnFixture } from '@mp/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { findExamples, makeProject, missingOutput, writePrograms } from '../tools/examples.mjs';
import { publishedPackages } from '../tools/release/tree.mjs';
import { ROOT } from '../tools/workspace.mjs';
import { INSTALLED } from './installed-packages.ts';

leakCheck();

const project = mkdtempSync(join(tmpdir(), 'mp-examples-'));
makeProject(ROOT, project);
afterAll(() => rmSync(project, { recursive: true }));

/** READMEs that run in projects which have installed their packages, see `installed.test.ts`. */
const elsewhere = new Set(
  publishedPackages()
    .filter(({ name }) => INSTALLED.includes(name))
    .map(({ folder }) => `${folder}/README.md`),
);
const examples = findExamples(ROOT).filter(({ page }) => !elsewhere.has(page));
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
