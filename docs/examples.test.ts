import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  describeNeeding,
  eventually,
  holdings,
  leakCheck,
  leaksSince,
  RedisServer,
  spawnFixture,
} from '@mp/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

/** By it an example is known to need a Redis: it gets one of the tests. */
const REDIS_URL = 'process.env.REDIS_URL';
let redis: RedisServer | undefined;
beforeAll(async () => {
  if (RedisServer.missing === undefined) redis = await RedisServer.start();
});
afterAll(() => redis?.stop());

describe.each(pages)('%s', (page) => {
  const ofPage = examples.filter((each) => each.page === page);
  const programs = writePrograms(ofPage, join(project, page.replaceAll('/', '-')));
  const isFree = ({ example }: (typeof programs)[number]) => !example.code.includes(REDIS_URL);
  runAll(programs.filter(isFree));
  const others = programs.filter((each) => !isFree(each));
  if (others.length > 0) describeNeeding(RedisServer.missing, `examples of ${page}`, () => runAll(others));
});

function runAll(programs: ReturnType<typeof writePrograms>): void {
  test.each(programs)('line $example.line', async ({ example, path }) => {
    const before = holdings();
    const run = spawnFixture(pathToFileURL(path), { env: { REDIS_URL: redis?.url } });
    const output = await run.rest();
    expect(await run.exited, run.stderr).toEqual({ code: 0, signal: null });
    expect(
      missingOutput(example, output),
      `It printed:\n${output.join('\n')}\n${run.stderr}`,
    ).toBeUndefined();
    await eventually('it left nothing behind', () => leaksSince(before, process.env.MP_DIR!).length === 0);
  });
}
