// Writes the API reference out of the comments of the sources: docs/api, one folder for each package, one page for each
// class, function, interface and type. docs/decisions/017-site.md says why with typedoc.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Application,
  Comment,
  CommentTag,
  Converter,
  DeclarationReflection,
  LogLevel,
  ReferenceType,
  ReflectionFlag,
  ReflectionKind,
  SignatureReflection,
  TSConfigReader,
} from 'typedoc';
import { MarkdownPageEvent, MarkdownRendererEvent } from 'typedoc-plugin-markdown';
import { publishedPackages } from '../../tools/release/tree.mjs';
import { ROOT } from '../../tools/workspace.mjs';
import { addressOf } from './repository.mjs';

/** Where it goes. */
const API = join(ROOT, 'docs/api');

/**
 * The packages whose names are for users: not the C part. One that others give on to their users comes before them, so that
 * its names have their pages in its own folder.
 */
const packages = publishedPackages()
  .filter(({ name }) => name !== '@mp/native')
  .sort((a, b) => used(a) - used(b));

/** How many of our packages it uses. @param {import('../../tools/workspace.mjs').Package} each */
function used({ manifest }) {
  return Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@mp/')).length;
}

/** @throws Error when typedoc has found something wrong, a link that leads nowhere for instance */
export async function writeApi() {
  const app = /** @type {import('typedoc-plugin-markdown').MarkdownApplication} */ (
    await Application.bootstrapWithPlugins(OPTIONS, [new TSConfigReader()])
  );
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    nameModules(project);
    for (const each of project.getReflectionsByKind(ReflectionKind.Accessor)) makeProperty(project, each);
  });
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const each of project.getReflectionsByKind(ReflectionKind.All)) {
      gatherThrows(each);
      leaveOut(each);
    }
  });
  app.renderer.on(MarkdownPageEvent.END, finish);
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
  // Paths begin below what all entry points have in common.
  sourceLinkTemplate: `${addressOf('packages').replace('/tree/', '/blob/')}/{path}#L{line}`,
  // What a comment calls by {@link} has to be there. Types that only a signature names need not.
  validation: { notExported: false, invalidLink: true, invalidPath: true, notDocumented: false },
  outputs: [{ name: 'markdown', path: API }],
  entryFileName: 'index.md',
  excludeScopesInPaths: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  expandParameters: true,
  indexFormat: 'table',
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

/**
 * What is read like a property is shown like one.
 *
 * @param {import('typedoc').ProjectReflection} project
 * @param {import('typedoc').Reflection} accessor
 */
function makeProperty(project, accessor) {
  if (!(accessor instanceof DeclarationReflection) || accessor.getSignature === undefined) return;
  const { getSignature, setSignature } = accessor;
  accessor.kind = ReflectionKind.Property;
  accessor.type = getSignature.type;
  accessor.comment ??= getSignature.comment;
  accessor.setFlag(ReflectionFlag.Readonly, setSignature === undefined);
  project.removeReflection(getSignature);
  if (setSignature !== undefined) project.removeReflection(setSignature);
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

/** What tells a user nothing. @param {import('typedoc').Reflection} reflection */
function leaveOut(reflection) {
  if (!(reflection instanceof DeclarationReflection || reflection instanceof SignatureReflection)) return;
  // Where a member comes from: mostly from a class that is not exported. The page says of a class what it extends.
  reflection.inheritedFrom = undefined;
  reflection.overwrites = undefined;
  reflection.implementationOf = undefined;
  if (reflection instanceof SignatureReflection)
    reflection.parameters = reflection.parameters?.filter(({ comment }) => !isForUs(comment));
  else if (reflection.extendedTypes?.every((type) => !isShown(type))) {
    reflection.extendedTypes = undefined;
    // The first step of the hierarchy is what it extends, the next one is itself.
    reflection.typeHierarchy = reflection.typeHierarchy?.next;
  }
  // One link to the source for each page.
  const shown = reflection instanceof SignatureReflection ? reflection.parent : reflection;
  if (!shown.parent?.kindOf(ReflectionKind.Module)) reflection.sources = undefined;
}

/** Whether a parameter is one that only other packages of ours pass. @param {Comment | undefined} comment */
function isForUs(comment) {
  return /^only for `@mp`/.test(comment?.summary.map(({ text }) => text).join('') ?? '');
}

/** Whether it is exported, or not ours. @param {import('typedoc').SomeType} type */
function isShown(type) {
  return !(
    type instanceof ReferenceType &&
    type.reflection === undefined &&
    type.package?.startsWith('@mp/')
  );
}

/** @param {import('typedoc-plugin-markdown').MarkdownPageEvent} page */
function finish(page) {
  const { model } = page;
  const isMember = model instanceof DeclarationReflection && model.parent?.kindOf(ReflectionKind.Module);
  const title = isMember ? `${model.name} · ${model.parent?.name}` : model.name;
  // A page of the reference is changed in its source, and none follows another.
  const head = ['---', `title: '${title}'`, 'editLink: false', 'prev: false', 'next: false', '---', ''].join(
    '\n',
  );
  page.contents = `${head}\n${withLinksToErrors(withoutPlainReturns(listOfReferences(page.contents)), page.url)}`;
  if (isMember) {
    const kind = ReflectionKind.singularString(model.kind);
    page.contents = page.contents.replace(
      'Defined in: ',
      `${kind} of [${model.parent?.name}](../index.md), defined in `,
    );
  }
}

/** A type without a link or a sentence says no more than the signature above it. @param {string} contents */
function withoutPlainReturns(contents) {
  return `${contents}\n\n`.replace(/^#+ Returns\n\n`[^[\n]*\n+(?=#|\*\*\*|$)/gm, '').trimEnd();
}

/** A code leads to its way out. @param {string} contents @param {string} url of the page, from docs/api */
function withLinksToErrors(contents, url) {
  const page = `${'../'.repeat(url.split('/').length)}reference/errors.md`;
  const link = (/** @type {string} */ whole, /** @type {string} */ code) =>
    `[${whole}](${page}#${code.toLowerCase()})`;
  const parts = contents.split(/(^```.*?^```$)/ms);
  return parts
    .map((part, index) => (index % 2 === 0 ? part.replace(/`(ERR_MP_\w+)`/g, link) : part))
    .join('');
}

/** What a package gives on to its users is a list, not a heading for each. @param {string} contents */
function listOfReferences(contents) {
  const [before, references] = contents.split('\n## References\n');
  if (references === undefined) return contents;
  const names = [...references.matchAll(/^(?:Re-exports|Renames and re-exports) (.*)$/gm)].map(
    ([, link]) => link,
  );
  return `${before}\n## From other packages\n\n${names.join(', ')}\n`;
}

/**
 * Where the page of each name is, by the file that declares it: links to that file lead there on the site.
 *
 * @param {import('typedoc').ProjectReflection} project
 * @param {import('typedoc').Router | undefined} router
 * @returns {Record<string, Record<string, string>>} a path from docs/api, by file and name
 */
function symbolsOf(project, router) {
  /** @type {Record<string, Record<string, string>>} */
  const symbols = {};
  for (const each of project
    .getChildrenByKind(ReflectionKind.Module)
    .flatMap(({ children }) => children ?? [])) {
    const file = each.sources?.[0]?.fileName;
    if (file !== undefined && router?.hasUrl(each))
      (symbols[file] ??= {})[each.name] ??= router.getFullUrl(each);
  }
  return symbols;
}
