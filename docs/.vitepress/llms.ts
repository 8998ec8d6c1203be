import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SiteConfig } from 'vitepress';
import { siteLink } from './markdown.ts';
import { DOCS, type Page } from './pages.ts';
import { SITE } from './repository.mjs';
import { groups } from './sidebar.ts';

/**
 * Writes what language models read: `llms.txt`, a list of the pages with one sentence each; every page as Markdown beside its
 * HTML; and `llms-full.txt`, all pages in one.
 */
export function writeForLanguageModels({ outDir, site }: SiteConfig): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(outDir, path)), { recursive: true });
    writeFileSync(join(outDir, path), text);
  };
  const all = groups();
  const pages = all.flatMap(({ pages }) => pages);
  for (const { path } of pages) write(path, textOf(path));
  const sections = all.map(({ text, pages }) => `## ${text}\n\n${pages.map(lineOf).join('\n')}`);
  const whole = `[The whole in one file](${new URL('llms-full.txt', SITE)})`;
  write('llms.txt', `${[`# ${site.title}`, `> ${site.description}`, whole, ...sections].join('\n\n')}\n`);
  write('llms-full.txt', pages.map(({ path }) => `<!-- ${path} -->\n\n${textOf(path)}`).join('\n'));
}

function lineOf({ path, title, description }: Page): string {
  const link = `- [${title}](${new URL(path, SITE)})`;
  return description === undefined ? link : `${link}: ${description}`;
}

/** A page without its front matter and without comments; links into the repository are whole addresses. */
function textOf(path: string): string {
  const file = join(DOCS, path);
  const text = readFileSync(file, 'utf8').replace(/^---\n.*?\n---\n+|<!--.*?-->\n?/gs, '');
  return text.replace(/\[([^\]]*)\]\(([^)\s]+)\)/g, (_, label: string, href: string) => {
    const target = siteLink(href, file, label.replaceAll('`', ''));
    return `[${label}](${target.startsWith('/') ? new URL(target.slice(1), SITE) : target})`;
  });
}
