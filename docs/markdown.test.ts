import { join } from 'node:path';
import { createMarkdownRenderer } from 'vitepress';
import { expect, test } from 'vitest';
import { slugOf } from './.vitepress/anchors.mjs';
import { extendMarkdown, siteLink } from './.vitepress/markdown.ts';
import { DOCS, linkOf } from './.vitepress/pages.ts';
import { REPOSITORY } from './.vitepress/repository.mjs';

const PAGE = join(DOCS, 'guide/watching.md');
/** In place of the list that `npm run docs` makes. */
const SYMBOLS = { 'packages/lock/src/lock.ts': { Lock: 'lock/classes/Lock.md' } };
const link = (href: string, text: string) => siteLink(href, PAGE, text, () => SYMBOLS);

test.each([
  ['a page', 'manager.md#limits', 'manager.md#limits'],
  ['a folder with a page of its own', '../recipes', '../recipes/index.md'],
  ['a heading', '#the-log', '#the-log'],
  ['another host', 'https://example.com/a.md', 'https://example.com/a.md'],
  [
    'a source',
    '../../packages/lock/src/mutex.ts#L3',
    `${REPOSITORY}/blob/main/packages/lock/src/mutex.ts#L3`,
  ],
  ['a folder', '../../packages/process#tasks', `${REPOSITORY}/tree/main/packages/process#tasks`],
  ['what a package exports', '../../packages/lock/src/index.ts', '/api/lock/'],
])('a link to %s', (_, href, expected) => {
  expect(link(href, 'this')).toBe(expected);
});

test('a link to a source whose text is a name that the source exports leads to the page of that name', () => {
  expect(link('../../packages/lock/src/lock.ts', 'Lock')).toBe('/api/lock/classes/Lock.md');
});

test('a link that leads nowhere ends the build, with the page and the link', () => {
  expect(() => link('../nowhere.ts', 'this')).toThrow(`${PAGE}: there is nothing at ../nowhere.ts`);
});

test('what Vue would take for its own is text', async () => {
  const md = await createMarkdownRenderer(DOCS, { config: extendMarkdown, anchor: { slugify: slugOf } });
  const render = (text: string) => md.render(text, { path: PAGE, relativePath: 'guide/watching.md' });
  expect(render('{{ a }} and `{{ b }}` and mp-<uid>')).toBe(
    '<p>&#123;&#123; a }} and <code>&#123;&#123; b }}</code> and mp-&lt;uid&gt;</p>\n',
  );
  expect(render('## What it *is*, for `Lock`')).toContain('id="what-it-is-for-lock"');
  expect(() => render('<div>\n\ntext\n\n</div>')).toThrow('only plots may be HTML');
});

test.each([
  ['index.md', '/'],
  ['recipes/index.md', '/recipes/'],
  ['guide/start.md', '/guide/start'],
  ['cpython-suite.md', '/cpython-suite'],
])('the address of %s is %s', (path, link) => {
  expect(linkOf(path)).toBe(link);
});
