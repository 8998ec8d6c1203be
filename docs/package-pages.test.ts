import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findExamples, importedBy, installedBy } from '../tools/examples.mjs';
import { publishedPackages } from '../tools/release/tree.mjs';
import { ROOT } from '../tools/workspace.mjs';

/*
 * What readers of the site count on: every package has a page that also says when not to take it, every recipe has a
 * program that runs, and names the test that proves what it promises, and a page with programs says what to install.
 */

/** Packages that share the page of another one. */
const TOGETHER = new Map([['native', 'core']]);
const examples = findExamples(ROOT);

const textOf = (page: string) => readFileSync(join(ROOT, page), 'utf8');
const headingsOf = (text: string) => [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
const linksOf = (text: string) => [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link]) => link);

describe.each(publishedPackages().map(({ folder }) => folder.replace('packages/', '')))('%s', (name) => {
  const page = `docs/packages/${TOGETHER.get(name) ?? name}.md`;
  const text = textOf(page);

  it('has a page that says when not to take it, and what holds', () => {
    expect(headingsOf(text)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^When (?:to take it, and when )?not/),
        expect.stringMatching(/^(?:If a process is killed|What holds)$/),
        'Read on',
      ]),
    );
  });

  it('has a page with links to its README and its API', () => {
    expect(linksOf(text)).toContain(`../../packages/${name}/README.md`);
    if (!TOGETHER.has(name)) expect(linksOf(text)).toContain(`../../packages/${name}/src/index.ts`);
  });

  it('has a page with examples of its own', () => {
    const readme = examples.filter((each) => each.page === `packages/${name}/README.md`);
    const own = examples.filter((each) => each.page === page);
    expect(own).not.toEqual([]);
    const codes = new Set(readme.map(({ code }) => code));
    expect(own.filter(({ code }) => codes.has(code))).toEqual([]);
  });
});

const recipes = readdirSync(join(ROOT, 'docs/recipes')).filter((name) => name !== 'index.md');

describe.each(recipes)('the recipe %s', (name) => {
  const page = `docs/recipes/${name}`;
  const text = textOf(page);

  it('has a program, and says why it is right and when something else is better', () => {
    expect(examples.some((each) => each.page === page)).toBe(true);
    expect(headingsOf(text)).toEqual(
      expect.arrayContaining([
        'Why it is right under kill -9',
        'What to change for production',
        'When something else is better',
      ]),
    );
  });

  it('names tests that are there', () => {
    const tests = linksOf(text).filter((link) => link.endsWith('.test.ts'));
    expect(tests).not.toEqual([]);
    const missing = tests.filter((link) => !existsSync(join(ROOT, dirname(page), link)));
    expect(missing).toEqual([]);
  });

  it('is in the list', () => {
    expect(linksOf(textOf('docs/recipes/index.md'))).toContain(name);
  });
});

/** Pages that users read: `npm install` of one package brings others, but only npm lets a program import those. */
const FOR_USERS =
  /^(?:README|docs\/index|docs\/(?:guide|packages|recipes)\/[\w-]+|packages\/[\w-]+\/README)\.md$/;
const pages = [...new Set(examples.map(({ page }) => page))].filter((page) => FOR_USERS.test(page));

it.each(pages)('%s says how to install what its programs import', (page) => {
  const imported = importedBy(examples.filter((each) => each.page === page));
  const installed = installedBy(textOf(page));
  expect(imported.filter((name) => !installed.includes(name))).toEqual([]);
});

it('examples that have a file name are ES modules wherever they are saved: `npm init` makes .js CommonJS', () => {
  const named = examples.map(({ page, line, code }) => [
    /^\/\/ (\S+\.\w+)\n/.exec(code)?.[1] ?? '.mjs',
    `${page}:${line}`,
  ]);
  expect(named.filter(([name]) => !/\.m[jt]s$/.test(name))).toEqual([]);
  expect(named.some(([name]) => name !== '.mjs')).toBe(true);
});
