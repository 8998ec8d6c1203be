import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, sourceFiles } from '../tools/workspace.mjs';
import { anchorsOf, withoutFences } from './.vitepress/anchors.mjs';
import { anchorProblem } from './.vitepress/check.mjs';
import { isInRepository } from './.vitepress/repository.mjs';

/** All pages of the repository but those that are written when the site is built. */
const pages = sourceFiles(ROOT).filter((path) => path.endsWith('.md') && !path.startsWith('docs/api/'));

test('every link of a page leads to a file and to a heading that are there, on GitHub too', () => {
  expect(pages.flatMap((page) => problemsOf(page, readFileSync(join(ROOT, page), 'utf8')))).toEqual([]);
});

test('a link that leads nowhere is told', () => {
  const text = [
    '# A page',
    '[itself](#a-page), [no such heading](#b-page), `[code](nowhere.md)`, [elsewhere](https://example.com/#x)',
    '[a folder](docs) and [no such file](docs/nowhere.md)',
    '[a heading](README.md#packages), [no such heading](README.md#nothing), [of a folder](docs#nothing)',
    '<img src="docs/nowhere.svg">',
    '```text\n[code](nowhere.md)\n```',
  ].join('\n\n');
  expect(problemsOf('README.md', text)).toEqual([
    'README.md: #b-page: there is no such heading',
    'README.md: docs/nowhere.md: there is no such file',
    'README.md: README.md#nothing: there is no such heading',
    'README.md: docs#nothing: only pages have anchors',
    'README.md: docs/nowhere.svg: there is no such file',
  ]);
});

test('headings have the anchors that GitHub gives them', () => {
  const text =
    '# `Lock`, a [class](x.md)\n\n```sh\n# not one\n```\n\n## CPython’s own\n\n## Same\n\n## Same ##\n';
  expect([...anchorsOf(text)]).toEqual(['lock-a-class', 'cpythons-own', 'same', 'same-1']);
});

/** @param page its path from the repository's root */
function problemsOf(page: string, text: string): string[] {
  const prose = withoutFences(text).replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset)="([^"]+)"/g)].flatMap(([, link, picture]) => {
    const href = link ?? picture;
    const problem = problemOf(page, href, text);
    return problem === undefined ? [] : [`${page}: ${href}: ${problem}`];
  });
}

function problemOf(page: string, href: string, text: string): string | undefined {
  if (/^[a-z][a-z\d+.-]*:/i.test(href)) return undefined;
  const [path, fragment] = href.split('#');
  if (path === '') return anchorsOf(text).has(decodeURIComponent(fragment)) ? undefined : NO_HEADING;
  const target = relative(ROOT, resolve(join(ROOT, dirname(page)), decodeURI(path)));
  if (!isInRepository(target)) return 'there is no such file';
  return fragment === undefined ? undefined : anchorProblem(target, fragment);
}

const NO_HEADING = 'there is no such heading';
