// Writes the API reference out of the comments of the sources: docs/api, one folder for each package, one page for each
// class, function, interface and type. docs/decisions/017-site.md says why with typedoc.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Application,
  Comment,
  CommentTag,
  Converter,
  LogLevel,
  ReflectionKind,
  TSConfigReader,
} from 'typedoc';
import { MarkdownPageEvent, MarkdownRendererEvent } from 'typedoc-plugin-markdown';
import { publishedPackages } from '../../tools/release/tree.mjs';
import { ROOT } from '../../tools/workspace.mjs';
import { addressOf } from './repository.mjs';

/** Where it goes. */
export const API = join(ROOT, 'docs/api');

/** The packages whose names are for users: not the C part. */
const packages = publishedPackages().filter(({ name }) => name !== '@mp/native');

/** @throws Error when typedoc has found something wrong, a link that leads nowhere for instance */
export async function writeApi() {
  const app = await Application.bootstrapWithPlugins(OPTIONS, [new TSConfigReader()]);
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => nameModules(project));
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const each of project.getReflectionsByKind(ReflectionKind.All)) gatherThrows(each);
  });
  app.renderer.on(MarkdownPageEvent.END, addFrontMatter);
  app.renderer.on(MarkdownRendererEvent.END, (event) => {
    writeFileSync(join(API, 'navigation.json'), JSON.stringify(event.navigation));
    writeFileSync(join(API, 'symbols.json'), JSON.stringify(symbolsOf(event.project, app.renderer.router)));
  });
  const project = await app.convert();
  if (project !== undefined) {
    app.validate(project);
    await app.generateOutputs(project);
  }
  if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error('The API reference is not right: see above');
}

/** @type {Parameters<typeof Application.bootstrapWithPlugins>[0] & Partial<import('typedoc-plugin-markdown').PluginOptions>} */
const OPTIONS = {
  plugin: ['typedoc-plugin-markdown'],
  name: 'API',
  entryPoints: packages.map(({ folder }) => join(ROOT, folder, 'src/index.ts')),
  tsconfig: join(ROOT, 'docs/.vitepress/api.tsconfig.json'),
  // The type check of the repository is another step.
  skipErrorChecking: true,
  logLevel: LogLevel.Warn,
  readme: 'none',
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  excludeExternals: true,
  disableGit: true,
  basePath: ROOT,
  sourceLinkTemplate: `${addressOf('docs').replace(/tree\/main\/docs$/, 'blob/main')}/{path}#L{line}`,
  // What a comment calls by {@link} has to be there. Types that only a signature names need not.
  validation: { notExported: false, invalidLink: true, invalidPath: true, notDocumented: false },
  outputs: [{ name: 'markdown', path: API }],
  entryFileName: 'index.md',
  excludeScopesInPaths: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  expandObjects: false,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'list',
  typeAliasPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  enumMembersFormat: 'table',
  tableColumnSettings: { hideSources: true, hideModifiers: true, hideInherited: true, hideOverrides: true },
  useHTMLEncodedBrackets: true,
  sanitizeComments: true,
  pageTitleTemplates: {
    index: 'API',
    module: ({ name }) => name,
    member: ({ name }) => name,
  },
};

/** typedoc calls them by their folders. @param {import('typedoc').ProjectReflection} project */
function nameModules(project) {
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
    const found = packages.find(({ folder }) => module.sources?.[0]?.fileName.startsWith(`${folder}/`));
    if (found === undefined) continue;
    module.name = found.name;
    const { description } = found.manifest;
    module.comment = new Comment([{ kind: 'text', text: String(description) }]);
  }
}

/** All that something throws is one list. @param {import('typedoc').Reflection} reflection */
function gatherThrows({ comment }) {
  if (comment === undefined) return;
  const [first, ...others] = comment.blockTags.filter(({ tag }) => tag === '@throws');
  if (first === undefined) return;
  const all = new CommentTag(
    '@throws',
    [first, ...others].flatMap(({ content }) => [{ kind: 'text', text: '\n- ' }, ...inOneLine(content)]),
  );
  comment.blockTags = comment.blockTags.flatMap((each) =>
    each === first ? [all] : others.includes(each) ? [] : [each],
  );
}

/** @param {import('typedoc').CommentDisplayPart[]} content */
function inOneLine(content) {
  return content.map((part) =>
    part.kind === 'text' ? { ...part, text: part.text.replace(/\s*\n\s*/g, ' ') } : part,
  );
}

/** @param {import('typedoc-plugin-markdown').MarkdownPageEvent} page */
function addFrontMatter(page) {
  // A page of the reference is changed in its source, and none follows another.
  page.contents = `---\neditLink: false\nprev: false\nnext: false\n---\n\n${page.contents}`;
}

/**
 * Where the page of each name is, by the file that declares it: links to that file lead there on the site.
 *
 * @param {import('typedoc').ProjectReflection} project
 * @param {import('typedoc').Router} router
 * @returns {Record<string, Record<string, string>>} a path from docs/api, by file and name
 */
function symbolsOf(project, router) {
  /** @type {Record<string, Record<string, string>>} */
  const symbols = {};
  for (const each of project.getChildrenByKind(ReflectionKind.Module).flatMap(({ children }) => children ?? [])) {
    const file = each.sources?.[0]?.fileName;
    if (file !== undefined && router.hasUrl(each))
      (symbols[file] ??= {})[each.name] ??= router.getFullUrl(each);
  }
  return symbols;
}
