// Makes docs/reference/errors.md: every code of an error, what it means, and a way out, from the comments of the codes in @mp/core.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT, sourceFiles, workspacePackages } from './workspace.mjs';

export const PAGE = 'docs/reference/errors.md';
const DECLARED = 'packages/core/src/errors.ts';
const CODE = /\bERR_MP_[A-Z]+(?:_[A-Z]+)*\b/g;
/** A call that makes an error in C, or in the loader of the native part. */
const MADE_BY_NATIVE = /\b(?:mp_throw_code|failing)\(\s*(?:\w+,\s*)?["'](ERR_MP_[A-Z_]+)["']/g;

/**
 * @typedef {object} ErrorCode
 * @property {string} code
 * @property {string} meaning
 * @property {string} wayOut
 * @property {string} className
 * @property {string[]} packages whose code throws it, or whose comments say that a call of them does
 */

/**
 * @typedef {object} Source
 * @property {string} name of the package: `@mp/lock`
 * @property {string} file from the root of the repository
 * @property {string} text
 */

/**
 * Every code that is declared, in that order.
 *
 * @param {string} root the repository
 * @returns {ErrorCode[]}
 */
export function errorCodes(root) {
  const declared = readFileSync(join(root, DECLARED), 'utf8');
  const classes = classesIn(declared);
  const sources = sourcesBelow(root);
  return declaredIn(declared).map(({ code, comment }) => {
    const [meaning, wayOut = ''] = comment.split(' Way out: ');
    const packages = new Set(
      sources
        .filter((source) => thrownIn(source, classes).has(code) || documentedIn(source.text).has(code))
        .map(({ name }) => name),
    );
    return { code, meaning, wayOut, className: classOf(classes, code), packages: [...packages].sort() };
  });
}

/**
 * What is wrong with the codes: some that are not declared, that nobody throws, or that lack their comment.
 *
 * @param {string} root
 * @returns {string[]} one sentence each
 */
export function codeProblems(root) {
  const text = readFileSync(join(root, DECLARED), 'utf8');
  const declared = new Set(declaredIn(text).map(({ code }) => code));
  const classes = classesIn(text);
  const sources = sourcesBelow(root);
  const thrown = new Set(sources.flatMap((source) => [...thrownIn(source, classes)]));
  const pages = sourceFiles(root).filter((file) => file.endsWith('.md') && !file.startsWith('.'));
  const read = pages.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
  return [
    ...[...sources, ...read].flatMap(({ file, text: where }) =>
      [...new Set(where.match(CODE))]
        .filter((code) => !declared.has(code))
        .map((code) => `${file} has ${code}, which is not declared in ${DECLARED}`),
    ),
    ...[...declared].filter((code) => !thrown.has(code)).map((code) => `nobody throws ${code}`),
    ...errorCodes(root)
      .filter(({ meaning, wayOut }) => !meaning.endsWith('.') || !wayOut.endsWith('.'))
      .map(({ code }) => `the comment of ${code} does not say what it means, and a way out`),
  ];
}

/** @param {string} root */
export function errorsPage(root) {
  const codes = errorCodes(root);
  return [
    '---',
    'title: Errors',
    `description: The ${codes.length} codes of errors, what each means, a way out, and the packages that throw it.`,
    'order: 1',
    '---',
    '<!-- Written by node tools/errors.mjs from the comments in packages/core/src/errors.ts -->',
    '# Errors',
    '',
    'An error that `@mp` throws on purpose is an `MpError`. Its `code` is one of those below: branch on it. The message is for people, says what was',
    'found, what was expected and a way out, and may change with any version. Some codes have a class of their own, for `instanceof`.',
    '',
    '```js',
    "import { Lock, MpError } from '@mp/lock';",
    '',
    'const lock = new Lock();',
    'const held = lock.tryAcquire();',
    'try {',
    '  await lock.acquire({ timeout: 10 });',
    '} catch (error) {',
    '  if (!(error instanceof MpError)) throw error;',
    '  console.log(error.code, error.name); // ERR_MP_TIMEOUT TimeoutError',
    '}',
    'held.release();',
    'lock.close();',
    '```',
    '',
    'What else a call may throw: a `TypeError` or `RangeError` for a wrong argument, at once and before anything is done; the `reason` of a signal that',
    'was aborted; and errors of the system as Node has them (`ECONNREFUSED` of a connection). The exit codes of the command `mp` are in',
    '[its README](../../packages/cli/README.md#exit-codes).',
    ...codes.flatMap(sectionOf),
    '',
  ].join('\n');
}

/** @param {ErrorCode} each */
function sectionOf({ code, meaning, wayOut, className, packages }) {
  const names = packages.map((name) => `\`${name}\``).join(', ');
  return [
    '',
    `## ${code}`,
    '',
    meaning,
    '',
    `**Way out:** ${wayOut}`,
    '',
    `Class: \`${className}\`. Thrown by: ${names}.`,
  ];
}

/**
 * The members of the union of codes, each with the text of its comment in one line.
 *
 * @param {string} text of the file that declares them
 */
function declaredIn(text) {
  const source = ts.createSourceFile(DECLARED, text, ts.ScriptTarget.Latest, true);
  const union = source.statements.find(
    (each) => ts.isTypeAliasDeclaration(each) && each.name.text === 'MpErrorCode',
  );
  if (!union || !ts.isTypeAliasDeclaration(union) || !ts.isUnionTypeNode(union.type))
    throw new Error(`${DECLARED} has no union MpErrorCode`);
  let end = union.name.end;
  return union.type.types.map((member) => {
    const before = text.slice(end, member.getStart(source));
    end = member.end;
    const comment = (/\/\*\*([\s\S]*)\*\//.exec(before)?.[1] ?? '').replace(/^\s*\*/gm, '');
    return { code: member.getText(source).slice(1, -1), comment: comment.replace(/\s+/g, ' ').trim() };
  });
}

/**
 * The code of each class that has one of its own.
 *
 * @param {string} text of the file that declares them
 */
function classesIn(text) {
  const found = text.matchAll(/^export class (\w+) extends MpError[\s\S]*?super\('(ERR_MP_[A-Z_]+)'/gm);
  return new Map([...found].map(([, name, code]) => [name, code]));
}

/** @param {Map<string, string>} classes @param {string} code */
function classOf(classes, code) {
  return [...classes].find(([, its]) => its === code)?.[0] ?? 'MpError';
}

/**
 * The codes of the errors that a file makes.
 *
 * @param {Source} source
 * @param {Map<string, string>} classes
 * @returns {Set<string>}
 */
function thrownIn({ file, text }, classes) {
  const made = [...text.matchAll(/\bnew (?:\w+\.)?(\w+)\(\s*(?:'(ERR_MP_[A-Z_]+)')?/g)].flatMap(
    ([, name, code]) => {
      const its = name === 'MpError' ? code : classes.get(name);
      return its === undefined ? [] : [its];
    },
  );
  const byNative = /\.(?:c|js)$/.test(file) ? [...text.matchAll(MADE_BY_NATIVE)].map(([, code]) => code) : [];
  return new Set([...made, ...byNative]);
}

/**
 * The codes that comments of a file name behind `@throws`.
 *
 * @param {string} text
 * @returns {Set<string>}
 */
function documentedIn(text) {
  const tags = text.match(/@throws[\s\S]*?(?=\*\/|\n\s*\* @)/g) ?? [];
  return new Set(tags.flatMap((tag) => tag.match(CODE) ?? []));
}

/** The sources of all that is published. @param {string} root @returns {Source[]} */
function sourcesBelow(root) {
  return workspacePackages(root)
    .filter(({ folder, name }) => folder.startsWith('packages/') && name !== '@mp/testing')
    .flatMap(({ folder, name }) =>
      sourceFiles(join(root, folder))
        .filter(
          (file) => /^src\/.*\.(?:ts|c|h)$|^index\.(?:js|d\.ts)$/.test(file) && !file.endsWith('.test.ts'),
        )
        .map((file) => ({
          name,
          file: `${folder}/${file}`,
          text: readFileSync(join(root, folder, file), 'utf8'),
        })),
    );
}

if (import.meta.filename === process.argv[1]) {
  const problems = codeProblems(ROOT);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  else writeFileSync(join(ROOT, PAGE), errorsPage(ROOT));
}
