import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { moveTo } from '../account.mjs';
import { outdatedManifests } from '../manifests.mjs';
import { UNSET_ACCOUNT, unsettled } from '../release/publish.mjs';
import { publishedPackages } from '../release/tree.mjs';
import { ROOT, sourceFiles } from '../workspace.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mp-account-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What git says, line by line. */
function git(...args: string[]): string[] {
  const options = { cwd: folder, encoding: 'utf8' as const };
  return execFileSync('git', args, options).split('\n').slice(0, -1);
}

/** Makes a repository of the folder, with all files in it, and these. */
function repository(files: Record<string, string> = {}): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  git('init', '--quiet');
  git('add', '--all');
}

const read = (file: string) => readFileSync(join(folder, file), 'utf8');
const urlOf = () => JSON.parse(read('package.json')).repository.url;
const manifest = (url: string) => JSON.stringify({ repository: { url } });

/** Copies the files of this repository that name the account, and what the names of its packages are in. */
function copyOfOurs(): void {
  const files = sourceFiles(ROOT).filter((file) => !file.startsWith('docs/api/'));
  for (const file of files) {
    const text = readFileSync(join(ROOT, file), 'latin1');
    if (file !== 'pnpm-workspace.yaml' && !text.includes(UNSET_ACCOUNT)) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text, 'latin1');
  }
  repository();
}

describe('node tools/account.mjs', () => {
  it('writes the account into every file of this repository that says where it is', () => {
    copyOfOurs();

    const changed = moveTo('some-account/a.name', folder);

    expect(urlOf()).toBe('git+https://github.com/some-account/a.name.git');
    expect(unsettled(urlOf())).toBeUndefined();
    expect(outdatedManifests(folder)).toEqual([]);
    const manifests = publishedPackages(folder).map(({ folder }) => `${folder}/package.json`);
    expect(changed).toEqual(
      expect.arrayContaining(['README.md', 'SECURITY.md', 'package.json', ...manifests]),
    );
    expect(git('diff', '--name-only')).toEqual([...changed].sort());
    // The packages and the pages of the site are made of these files, and of nothing else.
    const inAddress = new RegExp(`[/.@:]${UNSET_ACCOUNT}[/.]|${UNSET_ACCOUNT}\\.github`);
    expect(git('grep', '-hIw', UNSET_ACCOUNT).filter((line) => inAddress.test(line))).toEqual([]);
  });

  it('leaves other addresses alone, and keeps the name of the repository unless it is given one', () => {
    const others = 'github.com/a/mp-site github.com/aa/mp a.github.io/mp2 my-github.com/a/mp github.com/a';
    repository({ 'package.json': manifest('git+https://github.com/a/mp.git'), 'others.md': others });
    writeFileSync(
      join(folder, 'page.md'),
      'https://github.com/a/mp, <https://a.github.io/mp/x> github.com/a/mp#b',
    );
    git('add', '--all');
    writeFileSync(join(folder, 'untracked.md'), 'https://github.com/a/mp');

    expect(moveTo('b', folder)).toEqual(['package.json', 'page.md']);
    expect(read('page.md')).toBe('https://github.com/b/mp, <https://b.github.io/mp/x> github.com/b/mp#b');
    expect(read('others.md')).toBe(others);
    expect(urlOf()).toBe('git+https://github.com/b/mp.git');
    expect(moveTo('b', folder)).toEqual([]);
    expect(moveTo('a/mp', folder)).toEqual(['package.json', 'page.md']);
  });

  it.each(['', '-a', 'a-', 'a/', 'a/b/c', 'https://github.com/a/b', 'a/b.git', 'a b'])(
    'refuses "%s"',
    (to) => {
      repository({ 'package.json': manifest('git+https://github.com/a/mp.git') });
      expect(() => moveTo(to, folder)).toThrow(/^Not an account of GitHub, or <account>\/<repository>: /);
      expect(git('diff', '--name-only')).toEqual([]);
    },
  );

  it('refuses to move a repository that is elsewhere', () => {
    repository({ 'package.json': manifest('git+https://example.com/a/mp.git') });
    expect(() => moveTo('b', folder)).toThrow(/is not on GitHub: git\+https:\/\/example\.com/);
  });
});
