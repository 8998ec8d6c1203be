import { defineConfig } from 'vitepress';
import { slugOf } from './anchors.mjs';
import { writeForLanguageModels } from './llms.ts';
import { extendMarkdown, renderForSearch } from './markdown.ts';
import { REPOSITORY, SITE } from './repository.mjs';
import { navigation, sidebar } from './sidebar.ts';

/** The home page is wider than others, and begins its own way. */
const HOME = { pageClass: 'home', sidebar: false, aside: false, editLink: false };

export default defineConfig({
  title: '@mp',
  description:
    'Locks, queues, pipes, shared memory and worker pools for Node.js, between processes and worker threads.',
  lang: 'en',
  base: SITE.pathname,
  // What all pages share is one file, not a part of each of them.
  metaChunk: true,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${SITE.pathname}logo.svg` }]],
  markdown: { config: extendMarkdown, anchor: { slugify: slugOf } },
  transformPageData({ relativePath, frontmatter }) {
    if (relativePath === 'index.md') Object.assign(frontmatter, HOME);
  },
  buildEnd: writeForLanguageModels,
  themeConfig: {
    logo: '/logo.svg',
    nav: navigation(),
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: 'local', options: { _render: renderForSearch } },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    editLink: { pattern: `${REPOSITORY}/edit/main/docs/:path`, text: 'Change this page' },
  },
  vite: {
    // The search of a service elsewhere: the workspace does not install it, and the site has its own.
    build: {
      rollupOptions: { external: ['@docsearch/js'] },
      // The index of the search is larger; it is loaded when somebody searches.
      chunkSizeWarningLimit: 4000,
    },
  },
});
