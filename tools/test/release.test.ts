import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { certificates } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { completed, outdatedManifests } from '../manifests.mjs';
import { TARGETS } from '../prebuilds/targets.mjs';
import { contentProblems, lintProblems } from '../release/pack-problems.mjs';
import { comesWith, type Pack } from '../release/packs.mjs';
import { refusal, UNSET_ACCOUNT, unsettled } from '../release/publish.mjs';
import { changesets, publishedPackages } from '../release/tree.mjs';
import { ROOT } from '../workspace.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mp-release-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const MANIFEST = {
  name: '@mp/low',
  version: '1.2.3',
  description: 'A package.',
  keywords: ['low'],
  homepage: 'https://example.com/low',
  bugs: { url: 'https://example.com/bugs' },
  license: 'MIT',
  repository: { type: 'git', url: 'git+https://example.com/mp.git', directory: 'packages/low' },
  type: 'module',
  engines: { node: '>=20.19' },
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  dependencies: { '@mp/lower': '1.2.3' } as Record<string, string>,
};
const FILES = {
  'README.md': '# low\n',
  LICENSE: 'MIT\n',
  'CHANGELOG.md': '# low\n',
  'dist/index.js': 'export const low = 1;\n',
  'dist/index.d.ts': 'export declare const low: number;\n',
};

/** Packs a package like `@mp/low`, but for some files and fields; `undefined` removes one. */
function pack(files: Record<string, string | undefined> = {}, manifest: Record<string, unknown> = {}): Pack {
  const contents = join(folder, 'package');
  const whole = { ...MANIFEST, ...manifest };
  for (const [name, text] of Object.entries({ ...FILES, ...files, 'package.json': JSON.stringify(whole) })) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(contents, name)), { recursive: true });
    writeFileSync(join(contents, name), text);
  }
  const file = join(folder, 'low.tgz');
  execFileSync('tar', ['-czf', file, '-C', folder, 'package']);
  return {
    name: '@mp/low',
    folder: 'packages/low',
    file,
    contents,
    manifest: JSON.parse(JSON.stringify(whole)),
  };
}

describe('a tarball', () => {
  it('with everything has no problems', async () => {
    const whole = pack();
    expect(contentProblems(whole)).toEqual([]);
    expect(await lintProblems(whole)).toEqual([]);
  });

  it.each([
    ['CHANGELOG.md is missing', { 'CHANGELOG.md': undefined }, {}],
    ['LICENSE is missing', { LICENSE: '' }, {}],
    ['keywords is missing in package.json', {}, { keywords: undefined }],
    [
      "the repository's directory is packages/lower, not packages/low",
      {},
      { repository: { directory: 'packages/lower' } },
    ],
    ['src/index.ts is of no use to users', { 'src/index.ts': '' }, {}],
    ['dist/index.js.map is of no use to users', { 'dist/index.js.map': '{}' }, {}],
    [
      'dist/index.js names a source map that is not there',
      { 'dist/index.js': '\n//# sourceMappingURL=index.js.map\n' },
      {},
    ],
    [
      'dist/index.d.ts names a source map that is not there',
      { 'dist/index.d.ts': 'export declare const low: number;\n//# sourceMappingURL=index.d.ts.map' },
      {},
    ],
    ['it has the script postinstall', {}, { scripts: { postinstall: 'node install.js' } }],
    [
      'it needs @mp/lower workspace:*, and is of version 1.2.3',
      {},
      { dependencies: { '@mp/lower': 'workspace:*' } },
    ],
  ])('%s', (problem, files: Record<string, string | undefined>, manifest) => {
    expect(contentProblems(pack(files, manifest))).toEqual([`@mp/low: ${problem}`]);
  });

  it('whose entry is not there is told by publint', async () => {
    const exports = { '.': { types: './dist/index.d.ts', default: './dist/other.js' } };
    expect((await lintProblems(pack({}, { exports }))).join('\n')).toMatch(
      /publint: .*other\.js.*does not exist/,
    );
  });

  it('whose types are not those of ES modules is told by attw', async () => {
    const files = {
      'dist/index.d.cts': 'declare const low: number;\nexport = low;\n',
      'dist/index.d.ts': undefined,
    };
    const exports = { '.': { types: './dist/index.d.cts', default: './dist/index.js' } };
    expect((await lintProblems(pack(files, { exports }))).join('\n')).toMatch(
      /attw: (?:FalseCJS|MissingExportEquals)/,
    );
  });
});

it('what comes with a package is what it needs, and what that needs', () => {
  const needing = (name: string, ...names: string[]): Pack => {
    const dependencies = Object.fromEntries(names.map((each) => [each, '1.2.3']));
    return { ...pack(), name, manifest: { name, version: '1.2.3', dependencies } };
  };
  const packs = [needing('a', 'b', 'redis'), needing('b', 'c'), needing('c'), needing('d')];
  expect(comesWith(packs, 'a')).toEqual(['a', 'b', 'c']);
  expect(comesWith(packs, 'd')).toEqual(['d']);
});

describe('manifests', () => {
  it('are up to date: else run node tools/manifests.mjs', () => {
    expect(outdatedManifests().map(({ file }) => file)).toEqual([]);
  });

  it('have the keywords of their package', () => {
    const lacking = publishedPackages().filter(
      ({ manifest }) => !(Object.keys(manifest.keywords ?? {}).length > 2),
    );
    expect(lacking.map(({ name }) => name)).toEqual([]);
  });

  it('have no script that publishing runs: the tree of a rehearsal has no tools', () => {
    const scripts = /^(?:pre|post)?(?:publish|publishOnly|pack|prepare)$/;
    const having = publishedPackages().filter(({ manifest }) =>
      Object.keys(manifest.scripts ?? {}).some((script) => scripts.test(script)),
    );
    expect(having.map(({ name }) => name)).toEqual([]);
  });

  it('get their fields from the root', () => {
    const root = {
      license: 'MIT',
      engines: { node: '>=1' },
      repository: { type: 'git', url: 'git+https://a.b/c/d.git' },
    };
    const made = completed(
      'packages/x',
      { name: 'x', version: '1.0.0', files: ['dist'], type: 'module' },
      root,
    );
    expect(Object.entries(made)).toEqual([
      ['name', 'x'],
      ['version', '1.0.0'],
      ['homepage', 'https://a.b/c/d/tree/main/packages/x#readme'],
      ['bugs', { url: 'https://a.b/c/d/issues' }],
      ['license', 'MIT'],
      ['repository', { type: 'git', url: 'git+https://a.b/c/d.git', directory: 'packages/x' }],
      ['files', ['dist', 'CHANGELOG.md']],
      ['type', 'module'],
      ['engines', { node: '>=1' }],
    ]);
    expect(completed('packages/x', made, root)).toEqual(made);
  });
});

it('pages that name the repository name that of package.json', () => {
  const { repository, homepage } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const page = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  const named = ['SECURITY.md', '.github/ISSUE_TEMPLATE/config.yml'].map(
    (file) => /https:.*(?=\/security\/advisories\/new)/.exec(readFileSync(join(ROOT, file), 'utf8'))?.[0],
  );
  expect(named).toEqual([page, page]);
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`<${homepage}>`);
});

it('the page of installs has every package: else run npm run pack:check', () => {
  const page = readFileSync(join(ROOT, 'docs/installs.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(.*?)` \|/gm)].map(([, name]) => name);
  expect(rows).toEqual(publishedPackages().map(({ name }) => name));
});

it('npm run release:dry shows what would be published, and why it would not be', () => {
  const dry = join(ROOT, 'tools/release/dry.mjs');
  // It may have to fetch pnpm.
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificates };
  const said = execFileSync(process.execPath, [dry], { encoding: 'utf8', env });
  const [pending, ...parts] = said.split(/\n\n(?=@mp\/)/);
  const count = changesets(ROOT).length;
  expect(pending).toBe(count === 0 ? 'No changesets: the versions stay' : `Of ${count} changesets:`);
  expect(parts.map((part) => part.slice(0, part.indexOf(' ')))).toEqual(
    publishedPackages().map(({ name }) => name),
  );
  for (const part of parts) {
    expect(part).toMatch(/^\S+ (?:\d\S+ → )?\d\S+: \d+ KiB packed, \d+ KiB unpacked$/m);
    for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'])
      expect(part).toMatch(new RegExp(`^  ${file} \\d+$`, 'm'));
  }
  // One of them at least has changed.
  expect(said).toMatch(/^ {2}\| - /m);
  const { repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const lacking = unsettled(repository.url);
  if (lacking !== undefined) expect(said).toContain(`npm run release would refuse. ${lacking}`);
});

describe('npm run release', () => {
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'a/mp',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://example.com',
  };
  const url = 'git+https://github.com/a/mp.git';

  it('publishes from the workflow that may sign, a version that is whole', () => {
    expect(refusal(env, url, 0)).toBeUndefined();
  });

  it.each([
    ['elsewhere', {}, url, 0, /^A release is published by the workflow "Release" alone/],
    ['without the right to sign', { ...env, ACTIONS_ID_TOKEN_REQUEST_URL: '' }, url, 0, /id-token: write/],
    [
      'from another repository',
      { ...env, GITHUB_REPOSITORY: 'b/mp' },
      url,
      0,
      /^This is github\.com\/b\/mp, and package\.json says github\.com\/a\/mp/,
    ],
    [
      'without an account',
      env,
      `git+https://github.com/${UNSET_ACCOUNT}/mp.git`,
      0,
      /every manifest says OWNER.* node tools\/account\.mjs .*CONTRIBUTING/,
    ],
    ['with changesets', env, url, 2, /^2 changesets are not part of a version/],
  ])('refuses %s', (_, environment: NodeJS.ProcessEnv, repository, pending, why) => {
    expect(refusal(environment, repository, pending)).toMatch(why);
  });
});

it('every binary of a release is looked at, whatever registry is configured', () => {
  const env = { ...process.env, npm_config_registry: 'http://127.0.0.1:1/' };
  const check = join(ROOT, 'tools/prebuilds/check.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [check], { env, encoding: 'utf8' });
  for (const { name } of TARGETS) expect(`${stdout}${stderr}`).toMatch(new RegExp(`^${name}[: ]`, 'm'));
});

it('workflows use actions by their commits', () => {
  const workflows = join(ROOT, '.github/workflows');
  const uses = readdirSync(workflows).flatMap((file) =>
    [...readFileSync(join(workflows, file), 'utf8').matchAll(/uses: (.*)/g)].map(([, used]) => used),
  );
  expect(uses.length).toBeGreaterThan(0);
  expect(uses.filter((used) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used))).toEqual([]);
});
