import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { MarkdownEnv, MarkdownRenderer } from 'vitepress';
import { ROOT } from '../../tools/workspace.mjs';
import { DOCS, isPage } from './pages.ts';
import { plots } from './plots/plugin.mjs';
import { addressOf, isInRepository } from './repository.mjs';

/*
 * Pages are plain Markdown that GitHub shows, too. What is done here makes them pages of the site: links into the
 * repository lead to its address, and text is text, whatever Vue would see in it.
 */

/** What pages may use of Vue: the plots. Comments are left out. */
const COMPONENT = /^<(?:\/?(?:Plot|Growth|Figure)\b|!--)/;

type State = Parameters<Parameters<MarkdownRenderer['core']['ruler']['push']>[1]>[0];
type Token = State['tokens'][number];

/** Makes a renderer of Markdown one of this site. */
export function extendMarkdown(md: MarkdownRenderer): void {
  md.use(plots);
  md.core.ruler.push('links-into-the-repository', (state) => {
    const page = (state.env as MarkdownEnv).path;
    for (const { children } of state.tokens) if (children) rewriteLinks(children, page);
  });
  md.core.ruler.push('no-html-but-components', keepComponents);
  const { code_inline: code } = md.renderer.rules;
  md.renderer.rules.code_inline = (...of) => inert(code!(...of));
  md.renderer.rules.text = (tokens, index) => inert(md.utils.escapeHtml(tokens[index].content));
}

/** `{{` is text, not an expression of Vue. */
function inert(html: string): string {
  return html.replaceAll('{{', '&#123;&#123;');
}

/** A page as the search reads it: names of the API say there which package they are of, because some are in several. */
export function renderForSearch(
  text: string,
  env: MarkdownEnv,
  md: { render(text: string, env: MarkdownEnv): string },
): string {
  // A search for words is not after the figures of plots.
  const html = md.render(text.replace(/^<(?:Plot|Growth)\b.*$/gm, ''), env);
  const title: unknown = env.frontmatter?.title;
  return isApi(env) ? html.replace(/(<h1[^>]*>).*?(?= *<a )/s, `$1${title}`) : html;
}

function rewriteLinks(tokens: Token[], page: string): void {
  tokens.forEach((token, index) => {
    if (token.type !== 'link_open') return;
    const href = token.attrGet('href');
    if (href !== null) token.attrSet('href', siteLink(href, page, tokens[index + 1]?.content ?? ''));
  });
}

/**
 * What a link of a page is on the site.
 *
 * @param page the file
 * @param text of the link: a name that the file exports leads to its page in the API reference, and the `src/index.ts` of a
 * package to all its names
 * @param symbols what files export; asked only for a link to a file of the repository, because `npm run docs` makes that list
 */
export function siteLink(href: string, page: string, text: string, symbols = builtSymbols): string {
  if (/^(?:[a-z][a-z\d+.-]*:|[/#])/i.test(href)) return href;
  const [, path, fragment] = /^([^#]*)(.*)$/.exec(href)!;
  const file = resolve(dirname(page), decodeURI(path));
  const ofDocs = relative(DOCS, file);
  if (!ofDocs.startsWith('..')) {
    // VitePress makes these links, and fails when there is no such page.
    if (isPage(ofDocs)) return href;
    if (existsSync(join(file, 'index.md'))) return `${path.replace(/\/?$/, '/')}index.md${fragment}`;
  }
  const target = relative(ROOT, file);
  const package_ = /^packages\/(\w+)\/src\/index\.ts$/.exec(target)?.[1];
  if (package_ !== undefined) return `/api/${package_}/`;
  const symbol = symbols()[target]?.[text];
  if (symbol !== undefined) return `/api/${symbol}`;
  if (!isInRepository(target)) throw new Error(`${page}: there is nothing at ${href}`);
  // GitHub shows the README of a folder below its files, so its headings are anchors there, too.
  return addressOf(target) + fragment;
}

/** Paths of pages from `docs/api`, by file and by the name that it exports. */
type Symbols = Record<string, Record<string, string>>;

let symbolsRead: Symbols | undefined;

function builtSymbols(): Symbols {
  return (symbolsRead ??= JSON.parse(readFileSync(join(DOCS, 'api/symbols.json'), 'utf8')));
}

function keepComponents({ tokens, env }: State): void {
  for (const token of tokens) {
    if (token.type === 'html_block' && !isApi(env) && !COMPONENT.test(token.content))
      throw new Error(`${(env as MarkdownEnv).path}: only plots may be HTML, not ${token.content}`);
    for (const child of token.children ?? []) {
      if (child.type === 'html_inline' && !isApi(env) && !COMPONENT.test(child.content)) child.type = 'text';
    }
  }
}

/** typedoc writes line breaks and anchors as HTML. */
function isApi(env: MarkdownEnv): boolean {
  return env.path.startsWith(join(DOCS, 'api/'));
}
