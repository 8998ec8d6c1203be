import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { allPages, DOCS, linkOf, type Page } from './pages.ts';

/** The groups, in their order. A page belongs to the first one whose pattern its path matches. */
const GROUPS = [
  { text: 'Start', paths: /^guide\/(?:start|from-python)\.md$/ },
  { text: 'Guide', paths: /^guide\// },
  { text: 'Packages', paths: /^packages\// },
  { text: 'Recipes', paths: /^recipes\// },
  { text: 'Benchmarks', paths: /^benchmarks\// },
  { text: 'Reference', paths: /^(?:reference\/|(?!index)[^/]+$)/ },
  { text: 'Decisions', paths: /^decisions\// },
];
/** Those that the bar at the top has, too. */
const AT_THE_TOP = ['Start', 'Packages', 'Recipes', 'Benchmarks'];
/** Those that are closed at first. */
const CLOSED = ['Decisions'];
const API = { text: 'API', link: '/api/' };

/** Pages that belong together. */
export interface Group {
  readonly text: string;
  /** The `index.md` of their folder comes first. */
  readonly pages: readonly Page[];
}

/** All pages but the home page. */
export function groups(): Group[] {
  const rest = new Set(allPages());
  return GROUPS.flatMap(({ text, paths }) => {
    const pages = [...rest].filter(({ path }) => paths.test(path));
    for (const page of pages) rest.delete(page);
    const first = pages.filter(isIndex);
    return pages.length === 0 ? [] : [{ text, pages: [...first, ...pages.filter((each) => !isIndex(each))] }];
  });
}

/** What the bar at the top has. */
export function navigation(): DefaultTheme.NavItem[] {
  const links = groups()
    .filter(({ text }) => AT_THE_TOP.includes(text))
    .map(({ text, pages }) => {
      const link = linkOf(pages[0].path);
      // Of the folder; the first pages are only some of theirs.
      return { text, link, activeMatch: text === 'Start' ? undefined : link.replace(/[^/]*$/, '') };
    });
  return [...links, { ...API, activeMatch: API.link }];
}

/** The sidebar: from the folders and the front matter of the pages, and for the API reference from what was written. */
export function sidebar(): DefaultTheme.SidebarMulti {
  const items = groups().map(({ text, pages }) => {
    const index = pages.find(isIndex);
    return {
      text,
      collapsed: CLOSED.includes(text),
      link: index && linkOf(index.path),
      items: [
        ...(text === 'Reference' ? [API] : []),
        ...pages
          .filter((page) => page !== index)
          .map(({ title, path }) => ({ text: title, link: linkOf(path) })),
      ],
    };
  });
  return { ...apiSidebars(), '/': items };
}

/** One step of what typedoc-plugin-markdown says of the pages that it wrote. */
interface Step {
  readonly title: string;
  readonly path?: string;
  readonly children?: readonly Step[];
}

/** One for each package, with its own names: all of them on each page would be most of the page. */
function apiSidebars(): DefaultTheme.SidebarMulti {
  const file = join(DOCS, 'api/navigation.json');
  if (!existsSync(file)) throw new Error('There is no API reference yet: npm run docs writes it');
  const packages: Step[] = JSON.parse(readFileSync(file, 'utf8'));
  packages.sort((a, b) => a.title.localeCompare(b.title, 'en'));
  const item = ({ title, path, children }: Step): DefaultTheme.SidebarItem => ({
    text: title,
    link: path && `/api${linkOf(path)}`,
    ...(children && { items: children.map(item) }),
  });
  const all = packages.map(({ title, path }) => item({ title, path }));
  const own = packages.map((step, index) => {
    const items = [...all.slice(0, index), item(step), ...all.slice(index + 1)];
    return [all[index].link!, [{ ...API, items }]];
  });
  return { ...Object.fromEntries(own), '/api/': [{ ...API, items: all }] };
}

function isIndex({ path }: Page): boolean {
  return path.endsWith('/index.md');
}
