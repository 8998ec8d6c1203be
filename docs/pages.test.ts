import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, sourceFiles } from '../tools/workspace.mjs';

const DOCS = join(ROOT, 'docs');
/** Pages that somebody has written, or a tool of this repository; the site makes those of `api`. */
const pages = sourceFiles(DOCS).filter((file) => /^(?!\.|api\/).*\.md$/.test(file));
const decisions = pages.flatMap((file) => /^decisions\/(\d{3}-.*)$/.exec(file)?.[1] ?? []);

const read = (file: string) => readFileSync(join(DOCS, file), 'utf8');

/** What stands between the lines `---` at the head of a page, by its name. */
function frontMatter(file: string): Map<string, string> {
  const [, text = ''] = /^---\n([\s\S]*?)\n---\n/.exec(read(file)) ?? [];
  return new Map([...text.matchAll(/^(\w+): (.+)$/gm)].map(([, name, value]) => [name, value]));
}

test('every page says its title and what it is about', () => {
  const silent = pages.filter((file) => {
    const known = frontMatter(file);
    return !known.has('title') || !known.has('description');
  });
  expect(silent).toEqual([]);
  expect(pages.length).toBeGreaterThan(20);
});

test('every decision has its number, its place, and a line in their list', () => {
  const rows = [...read('decisions/index.md').matchAll(/^\| \[(\d{3})\]\((.*?)\) \| .+ \| .+ \| .+ \|$/gm)];
  expect(rows.map(([, number, file]) => [number, file])).toEqual(
    decisions.map((file) => [file.slice(0, 3), file]),
  );
  for (const file of decisions)
    expect(frontMatter(`decisions/${file}`).get('order')).toBe(String(Number(file.slice(0, 3))));
});
