import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  certificates,
  describeNeeding,
  eventually,
  type Holdings,
  holdings,
  leakCheck,
  leaksSince,
  RedisServer,
  spawnFixture,
} from '@mp/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Example,
  findExamples,
  installedBy,
  missingOutput,
  needsRedis,
  writeCommonJsPrograms,
  writePrograms,
} from '../tools/examples.mjs';
import { contentProblems, lintProblems } from '../tools/release/pack-problems.mjs';
import { bytesIn, comesWith, makePacks, type Pack } from '../tools/release/packs.mjs';
import {
  installedPackages,
  installProject,
  type Manager,
  removeFromProject,
} from '../tools/release/project.mjs';
import { publishedPackages } from '../tools/release/tree.mjs';
import { ROOT } from '../tools/workspace.mjs';
import { checksAll, INSTALLED, PACKAGES } from './installed-packages.ts';

/*
 * The packages as the next release packs them, in projects outside of the repository.
 *
 *   npm run pack:check   every package alone, with npm and with pnpm; its examples as ES modules and in CommonJS; types
 *   .ci/run              the same with npm alone, and types of all packages in one project that pnpm installed
 *   npm test             of that, about half of the packages
 */
leakCheck();
// npm and pnpm may need them.
if (certificates !== undefined) process.env.NODE_EXTRA_CA_CERTS = certificates;

const MANAGERS: Manager[] = checksAll ? ['npm', 'pnpm'] : ['npm'];
/** The most that a whole install of `@mp/lock` may bring. */
const LOCK_BYTES = 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'mp-installed-'));
const examples = findExamples(ROOT).filter(({ page }) => /^packages\/[\w-]+\/README\.md$/.test(page));
let packs: Pack[];
let redis: RedisServer | undefined;

beforeAll(async () => {
  packs = makePacks(folder);
  if (RedisServer.missing === undefined) redis = await RedisServer.start();
});
afterAll(async () => {
  await redis?.stop();
  rmSync(folder, { recursive: true });
});

const packOf = (name: string) => packs.find((pack) => pack.name === name) as Pack;
const examplesOf = (name: string) =>
  examples.filter(({ page }) => page === `${packOf(name).folder}/README.md`);

describe.each(PACKAGES)('the tarball of %s', (name) => {
  it('has what users look for, and nothing else', () => {
    expect(contentProblems(packOf(name))).toEqual([]);
  });

  it('is clean by publint and by attw', async () => {
    expect(await lintProblems(packOf(name))).toEqual([]);
  });
});

it('all packages are of one version', () => {
  expect(new Set(packs.map(({ manifest }) => manifest.version)).size).toBe(1);
});

it('what runs before a package is published is in the tree of the release', () => {
  const missing = publishedPackages(join(folder, 'tree')).flatMap(({ folder: at, manifest }) => {
    const script = manifest.scripts?.prepublishOnly;
    const run = script === undefined ? undefined : /^node (\S+)$/.exec(script)?.[1];
    const isThere = run !== undefined && existsSync(join(folder, 'tree', at, run));
    return script === undefined || isThere ? [] : [`${at}: ${script}`];
  });
  expect(missing).toEqual([]);
});

if (RedisServer.missing !== undefined) {
  describeNeeding(RedisServer.missing, 'examples of READMEs that need a Redis', () => {});
}

describe.each(MANAGERS)('installed with %s', (manager) => {
  describe.each(INSTALLED)('%s alone', (name) => {
    const path = join(folder, manager, name);
    let before: Holdings;

    beforeAll(() => {
      before = holdings();
      installProject(path, manager, packs, [name]);
    });

    it('brings only what it needs', () => {
      const ours = installedPackages(path).filter((each) => each.startsWith('@mp/'));
      expect(ours).toEqual(comesWith(packs, name));
      if (name === '@mp/lock') {
        expect(installedPackages(path)).toEqual(ours);
        expect(bytesIn(join(path, 'node_modules'))).toBeLessThanOrEqual(LOCK_BYTES);
      }
    });

    it('is the same by import and by require()', async () => {
      const program = `
        import { createRequire } from 'node:module';
        import * as imported from '${name}';
        const required = createRequire(import.meta.url)('${name}');
        console.log(Object.keys(imported).filter((key) => required[key] !== imported[key]), Object.keys(imported).length > 0);
      `;
      writeFileSync(join(path, 'both.mjs'), program);
      expect(await linesOf(join(path, 'both.mjs'))).toEqual(['[] true']);
    });

    it('runs the examples of its README', async () => {
      // A few show it together with another package, which the README says how to install.
      const readme = readFileSync(join(ROOT, packOf(name).folder, 'README.md'), 'utf8');
      const others = installedBy(readme).filter((each) => each !== name);
      const at = others.length === 0 ? path : join(folder, `${manager}-with-others`, name);
      if (others.length > 0) installProject(at, manager, packs, [name, ...others]);
      await runAll(writePrograms(examplesOf(name), join(at, 'examples')));
      await runAll(writeCommonJsPrograms(examplesOf(name), join(at, 'examples-in-commonjs')));
      if (!checksAll) return;
      // A package without examples has types, too.
      writeFileSync(join(at, 'examples/whole.js'), `import * as whole from '${name}';\n\nwhole;\n`);
      writeFileSync(
        join(at, 'examples-in-commonjs/whole.js'),
        `const whole = require('${name}');\n\nwhole;\n`,
      );
      await expectTypes(at);
    });

    it('is removed, and nothing of it is left', async () => {
      removeFromProject(path, manager, [name]);
      expect(installedPackages(path).filter((each) => each.startsWith('@mp/'))).toEqual([]);
      await eventually(
        'nothing is left',
        () => leaksSince(before, process.env.MP_DIR as string).length === 0,
      );
    });
  });
});

describe('all packages together, installed with pnpm', () => {
  const path = join(folder, 'together');

  beforeAll(() => installProject(path, 'pnpm', packs, PACKAGES));

  it('the types of every example are right, for ES modules, CommonJS and bundlers', async () => {
    for (const name of PACKAGES) {
      const at = name.replace('@mp/', '');
      writePrograms(examplesOf(name), join(path, 'examples', at));
      writeCommonJsPrograms(examplesOf(name), join(path, 'examples-in-commonjs', at));
    }
    await expectTypes(path);
  });

  it('a program that uses three of them', async () => {
    writeFileSync(join(path, 'program.mjs'), PROGRAM);
    expect(await linesOf(join(path, 'program.mjs'))).toEqual(['1 4 9']);
  });
});

/** A user's program: three packages are installed. */
const PROGRAM = `
import { Lock } from '@mp/lock';
import { isMain, Pool, task } from '@mp/pool';
import { Queue } from '@mp/queue';

export const work = task(import.meta, async (queue, lock, n) => {
  await lock.with(() => queue.put(n * n));
  return n;
});

if (isMain(import.meta)) {
  const [queue, lock, pool] = [new Queue(), new Lock(), new Pool({ workers: 2 })];
  await Promise.all([1, 2, 3].map((n) => pool.apply(work, [queue, lock, n])));
  console.log((await queue.getMany(3)).sort().join(' '));
  pool.close();
  await pool.join();
  queue.close();
  lock.close();
}
`;

/** Runs a program to its end. @returns its lines */
async function linesOf(path: string): Promise<string[]> {
  const program = spawnFixture(pathToFileURL(path), { env: { REDIS_URL: redis?.url } });
  const lines = await program.rest();
  expect(await program.exited, `${path}: ${program.stderr}`).toEqual({ code: 0, signal: null });
  return lines;
}

/** Runs examples, and compares what they print with what they say. */
async function runAll(programs: readonly { example: Example; path: string }[]): Promise<void> {
  for (const { example, path } of programs) {
    if (redis === undefined && needsRedis(example)) continue;
    const printed = await linesOf(path);
    expect(missingOutput(example, printed), `${path} printed ${printed}`).toBeUndefined();
  }
}

/** How users resolve modules: under Node, where CommonJS may `require()` ES modules, and by a bundler. */
const RESOLUTIONS = {
  node16: { module: 'node16', include: ['examples'] },
  'node16 in CommonJS': { module: 'node20', moduleResolution: 'node16', include: ['examples-in-commonjs'] },
  bundler: { module: 'esnext', moduleResolution: 'bundler', include: ['examples'] },
};

/** JavaScript cannot say what it takes from a queue or catches: that this is `unknown` is right. */
const UNKNOWN =
  /: error TS(?:2571|18046): |: error TS2339: .* on type 'unknown'|: error TS2365: .* types '\{\}' and /;

/** Checks the types of the examples below a folder. */
async function expectTypes(path: string): Promise<void> {
  const tsc = pathToFileURL(join(ROOT, 'node_modules/typescript/bin/tsc'));
  for (const [title, { include, ...resolution }] of Object.entries(RESOLUTIONS)) {
    const config = join(path, `${title.replaceAll(' ', '-')}.json`);
    const compilerOptions = {
      ...{ ...resolution, target: 'es2022', lib: ['es2023', 'esnext.disposable'], noEmit: true },
      ...{
        strict: true,
        skipLibCheck: false,
        types: ['node'],
        typeRoots: [join(ROOT, 'node_modules/@types')],
      },
      // The examples are JavaScript: their parameters and what they catch have no types.
      ...{ allowJs: true, checkJs: true, noImplicitAny: false, useUnknownInCatchVariables: false },
    };
    writeFileSync(config, JSON.stringify({ compilerOptions, include }));
    const check = spawnFixture(tsc, { args: ['-p', config] });
    const said = await check.rest();
    expect([title, said.filter((line) => !UNKNOWN.test(line))]).toEqual([title, []]);
    expect((await check.exited).code).toBe(said.length === 0 ? 0 : 2);
  }
}
