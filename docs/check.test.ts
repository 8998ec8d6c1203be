import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { siteProblems } from './.vitepress/check.mjs';
import { REPOSITORY, SITE } from './.vitepress/repository.mjs';

let dist: string;
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'mp-site-'));
});
afterEach(() => rmSync(dist, { recursive: true }));

/** Writes a site, and tells what is wrong with it. */
function problemsOf(files: Record<string, string>): string[] {
  for (const [path, text] of Object.entries({ 'index.html': '', ...files })) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    writeFileSync(join(dist, path), text);
  }
  return siteProblems(dist).problems;
}

const { pathname: base } = SITE;

test('links within the site lead to files and anchors, by paths from its root or from the page', () => {
  const page = [
    `<h1 id="top"></h1><a href="#top"></a><a href="${base}"></a><a href="./c.html"></a><a class="x" href="${base}a/c.html#é"></a>`,
    `<a href="#no"></a><a href="no.html"></a><a href="c.html#no"></a><a href="/elsewhere/"></a>`,
  ].join('\n');
  expect(problemsOf({ 'a/b.html': page, 'a/c.html': '<h2 id="é"></h2>' })).toEqual([
    'a/b.html: #no: there is no such anchor',
    'a/b.html: no.html: there is no such file',
    'a/b.html: c.html#no: there is no such anchor',
    `a/b.html: /elsewhere/: it does not begin with ${base}`,
  ]);
});

test('links into the repository lead to files, lines and headings', () => {
  const links = [
    'blob/main/README.md#packages',
    'tree/main/packages/native#macos',
    'blob/main/package.json#L3',
  ];
  const dead = ['blob/main/nothing.ts', 'tree/main/packages/native#nothing', 'blob/main/package.json#name'];
  const page = [...links, ...dead].map((path) => `<a href="${REPOSITORY}/${path}"></a>`).join('');
  expect(problemsOf({ 'a.html': `${page}<a href="https://example.com/x"></a>` })).toEqual([
    `a.html: ${REPOSITORY}/${dead[0]}: there is no such file in the repository`,
    `a.html: ${REPOSITORY}/${dead[1]}: there is no such heading`,
    `a.html: ${REPOSITORY}/${dead[2]}: only pages have anchors`,
  ]);
});

test('nothing is loaded from another host, by a page, a style, a script or a picture', () => {
  const found = problemsOf({
    'a.html': [
      '<script src="https://a.test/a.js"></script><link rel="stylesheet" href="//b.test/b.css">',
      `<img src="${base}d.svg" srcset="${base}d.svg 1x, https://c.test/c.png 2x">`,
      '<p style="background: url(https://d.test/d.png)">https://text.test</p><script>const e = "https://e.test"</script>',
      '<img src="data:image/png;base64,AAAA"><svg xmlns="http://www.w3.org/2000/svg"></svg>',
    ].join('\n'),
    'b.css': '/* https://comment.test */ @import "https://f.test/f.css"; p { background: url(data:a) }',
    'c.js': '"http://www.w3.org/2000/svg"; fetch("https://g.test/g")',
    'd.svg': '<svg xmlns="http://www.w3.org/2000/svg"><image href="https://h.test/h.png"/></svg>',
    'assets/a.md.x.js': '"<p>https://text.test</p>"',
  });
  expect(found.map((problem) => problem.replace(/: the site may not .*$/, ''))).toEqual([
    'a.html: https://d.test/d.png',
    'a.html: https://e.test',
    'a.html: https://a.test/a.js',
    'a.html: //b.test/b.css',
    'a.html: https://c.test/c.png',
    'b.css: https://f.test/f.css',
    'c.js: https://g.test/g',
    'd.svg: https://h.test/h.png',
  ]);
});
