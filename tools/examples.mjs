// Finds the examples of the documentation, and makes programs of them.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { sourceFiles, workspacePackages } from './workspace.mjs';

/**
 * @typedef {object} Example
 * @property {string} page the file it stands in, from the repository's root
 * @property {number} line of its first line of code in that file, from 1
 * @property {'js' | 'ts'} language
 * @property {string} code
 */

/**
 * Every js and ts example: in the pages at the root and in docs, in the READMEs, and in the comments of the sources.
 *
 * @param {string} root
 * @returns {Example[]}
 */
export function findExamples(root) {
  const packages = workspacePackages(root).flatMap(({ folder }) =>
    sourceFiles(join(root, folder))
      .filter((file) => file === 'README.md' || /^(?:src\/.*|index\.d)\.ts$/.test(file))
      .map((file) => `${folder}/${file}`),
  );
  // The API reference is written out of the comments, which are looked at themselves.
  const pages = sourceFiles(root).filter((file) => /^(?:docs\/(?!api\/).*|[^/]+)\.md$/.test(file));
  return [...pages, ...packages].flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    return fences(page, page.endsWith('.md') ? text : commentsOf(text));
  });
}

/**
 * Only the documentation comments of a source, each in its own lines.
 *
 * @param {string} source
 */
function commentsOf(source) {
  let isComment = false;
  const lines = source.split('\n').map((line) => {
    if (/^\s*\/\*\*/.test(line)) isComment = true;
    const text = isComment ? line.replace(/^\s*\/?\*+ ?/, '') : '';
    if (line.includes('*/')) isComment = false;
    return text;
  });
  return lines.join('\n');
}

/**
 * @param {string} page
 * @param {string} text
 * @returns {Example[]}
 */
function fences(page, text) {
  const lines = text.split('\n');
  const examples = [];
  for (let at = 0; at < lines.length; at++) {
    const opening = /^\s*```(\w*)/.exec(lines[at]);
    if (opening === null) continue;
    const start = at + 1;
    for (at = start; at < lines.length && !/^\s*```\s*$/.test(lines[at]); at++);
    const language = LANGUAGES.get(opening[1]);
    if (language === undefined) continue;
    examples.push({ page, line: start + 1, language, code: lines.slice(start, at).join('\n') });
  }
  return examples;
}

/** @type {Map<string, 'js' | 'ts'>} */
const LANGUAGES = new Map([
  ['js', 'js'],
  ['javascript', 'js'],
  ['mjs', 'js'],
  ['ts', 'ts'],
  ['typescript', 'ts'],
]);

/**
 * Our packages that examples import.
 *
 * @param {readonly Example[]} of
 */
export function importedBy(of) {
  return [
    ...new Set(of.flatMap(({ code }) => [...code.matchAll(/from '(@mp\/[\w-]+)/g)].map(([, name]) => name))),
  ].sort();
}

/**
 * Our packages that a page says how to install.
 *
 * @param {string} page its text
 */
export function installedBy(page) {
  const commands = page.matchAll(/npm install(?: --global)?((?: @mp\/[\w-]+)+)/g);
  return [...new Set([...commands].flatMap(([, names]) => names.trim().split(' ')))].sort();
}

/**
 * Whether an example needs a Redis: then it is given the address of one.
 *
 * @param {Example} example
 */
export function needsRedis({ code }) {
  return code.includes('process.env.REDIS_URL');
}

/**
 * A project in which the packages are installed, as a user's would be.
 *
 * @param {string} root the repository
 * @param {string} folder an empty one
 */
export function makeProject(root, folder) {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  for (const { name, folder: from } of workspacePackages(root)) {
    if (!name.startsWith('@mp/')) continue;
    mkdirSync(join(folder, 'node_modules/@mp'), { recursive: true });
    symlinkSync(join(root, from), join(folder, 'node_modules', name));
  }
}

/**
 * The programs of one page. An example whose first line is a comment with nothing but a file name (`// jobs.mjs`) gets
 * that name, so that others on the page can import it.
 *
 * @param {Example[]} page
 * @param {string} folder where they go
 * @returns {{ example: Example, path: string }[]}
 */
export function writePrograms(page, folder) {
  mkdirSync(folder, { recursive: true });
  return page.map((example) => {
    const named = /^\/\/ ([\w-]+\.m?[jt]s)\s*\n/.exec(example.code)?.[1];
    const file = named ?? `line-${example.line}.js`;
    const path = join(folder, file.replace(/ts$/, 'js'));
    writeFileSync(path, program(example));
    return { example, path };
  });
}

/** @param {Example} example */
function program({ language, code }) {
  const checked = code.split('\n').map(shown).join('\n');
  if (language === 'js') return checked;
  const { outputText } = ts.transpileModule(checked, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
    },
  });
  return outputText;
}

/**
 * The same programs in CommonJS, for users whose own code is not of ES modules. The folder gets a manifest that says so.
 *
 * @param {Example[]} page
 * @param {string} folder where they go
 * @returns {{ example: Example, path: string }[]}
 */
export function writeCommonJsPrograms(page, folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  return writePrograms(page, folder).map(({ example, path }) => {
    const script = path.replace(/\.mjs$/, '.js');
    const code = commonJs(readFileSync(path, 'utf8'));
    rmSync(path);
    writeFileSync(script, code);
    return { example, path: script };
  });
}

/**
 * A task that is defined before the first `await` is there when `require()` returns.
 *
 * @param {string} code
 */
function commonJs(code) {
  const here = code
    .replaceAll('import.meta.url', "require('node:url').pathToFileURL(__filename).href")
    .replaceAll('import.meta', 'module')
    .replaceAll(/(?<=from '\.\/[\w-]+\.)mjs(?=')/g, 'js');
  const { outputText } = ts.transpileModule(here, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
    },
  });
  // For types: nothing is undefined first and something else later.
  const body = outputText.replace(/^(?:exports\.\w+ = )+void 0;\n/m, '');
  return `(async () => {\n${body}})();\n`;
}

/** `value; // => 3` says what an expression or a new constant is: let the program print it. */
const ARROW = /^(\s*)(?:const (\w+) = )?(.*?);\s*\/\/ => (.*)$/;
const LOGGED = /^\s*console\.log\(.*\);\s*\/\/ (?:=> )?(.*)$/;

/** @param {string} line */
function shown(line) {
  if (LOGGED.test(line)) return line;
  const found = ARROW.exec(line);
  if (found === null) return line;
  const [, indent, constant, expression] = found;
  if (constant === undefined) return `${indent}console.log(${expression});`;
  return `${indent}const ${constant} = ${expression}; console.log(${constant});`;
}

/**
 * The first thing that the comments of an example say it prints, and that it did not print at its turn. Other lines may
 * stand in between; a reason may follow the value: `// false: nobody waits`.
 *
 * @param {Example} example
 * @param {readonly string[]} printed
 * @returns {string | undefined}
 */
export function missingOutput({ code }, printed) {
  let next = 0;
  for (const line of code.split('\n')) {
    const promised = (LOGGED.exec(line)?.[1] ?? ARROW.exec(line)?.[4])?.trim();
    if (promised === undefined) continue;
    const found = printed.findIndex((text, at) => at >= next && `${promised}: `.startsWith(`${text}: `));
    if (found < 0) return promised;
    next = found + 1;
  }
  return undefined;
}
