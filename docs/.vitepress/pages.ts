import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, sourceFiles } from '../../tools/workspace.mjs';

/** The folder of the pages. */
export const DOCS = join(ROOT, 'docs');

/** One page that was written by hand or by a tool of the repository: all but the API reference. */
export interface Page {
  /** From `docs`: `guide/start.md`. */
  readonly path: string;
  /** As the sidebar shows it: of the front matter, else the first heading. */
  readonly title: string;
  /** One sentence, of the front matter. */
  readonly description: string | undefined;
  /** Its place among those of its folder: the lower, the earlier. Pages without one follow, by their paths. */
  readonly order: number;
}

/** Every page, in the order of the sidebar within each folder. */
export function allPages(): Page[] {
  return sourceFiles(DOCS)
    .filter((path) => isPage(path) && !path.startsWith('api/'))
    .map(readPage)
    .sort((a, b) => a.order - b.order || a.path.localeCompare(b.path, 'en'));
}

/** Whether a file is one of the site. @param path from `docs` */
export function isPage(path: string): boolean {
  return path.endsWith('.md') && !/(?:^|\/)\./.test(path);
}

function readPage(path: string): Page {
  const text = readFileSync(join(DOCS, path), 'utf8');
  const [, head = ''] = /^---\n(.*?)\n---\n/s.exec(text) ?? [];
  const field = (name: string) => new RegExp(`^${name}: *(['"]?)(.+)\\1$`, 'm').exec(head)?.[2];
  const heading = /^# +(.*)$/m.exec(text)?.[1].replaceAll('`', '');
  return {
    path,
    title: field('title') ?? heading ?? path,
    description: field('description'),
    order: Number(field('order') ?? Number.POSITIVE_INFINITY),
  };
}

/** What the site's links to a page are: without the ending, and a folder for its `index.md`. */
export function linkOf(path: string): string {
  return `/${path.replace(/(?:(^|\/)index)?\.md$/, '$1')}`;
}
