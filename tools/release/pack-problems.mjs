// What is wrong with a tarball.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { filesIn } from './packs.mjs';

const NEEDED_FILES = ['README.md', 'LICENSE', 'CHANGELOG.md'];
const NEEDED_FIELDS = ['description', 'keywords', 'homepage', 'bugs', 'license', 'repository', 'engines'];
/** Nothing of ours runs when it is installed: package managers ask their users before they let it. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];
/** Code and its types: tools that follow a source map look into both. */
const CODE = /\.[cm]?[jt]s$/;
const SOURCE = /(?:^|\/)(?:src|test)\/|(?<!\.d)\.[cm]?ts$|\.map$|tsconfig|tsup\.config/;

/** Where the packages cannot be found: before `exports` was known to TypeScript, and where a `require` must be CommonJS. */
const NOT_FOR_ESM = new Set(['node10', 'node16-cjs']);

/**
 * What users would miss in a tarball, or find too much of.
 *
 * @param {import('./packs.mjs').Pack} pack
 * @returns {string[]} one sentence each
 */
export function contentProblems({ name, folder, contents, manifest }) {
  const files = filesIn(contents);
  const has = (/** @type {string} */ file) => files.includes(file) && statSync(join(contents, file)).size > 0;
  const scripts = /** @type {Record<string, string>} */ (manifest.scripts ?? {});
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies });
  const repository = /** @type {{ directory?: string } | undefined} */ (manifest.repository);
  return [
    ...NEEDED_FILES.filter((file) => !has(file)).map((file) => `${file} is missing`),
    ...NEEDED_FIELDS.filter((field) => !(field in manifest)).map(
      (field) => `${field} is missing in package.json`,
    ),
    ...(repository?.directory === folder
      ? []
      : [`the repository's directory is ${repository?.directory}, not ${folder}`]),
    ...files.filter((file) => SOURCE.test(file)).map((file) => `${file} is of no use to users`),
    ...INSTALL_SCRIPTS.filter((script) => script in scripts).map((script) => `it has the script ${script}`),
    ...ranges
      .filter(([dependency, range]) => dependency.startsWith('@mp/') && range !== manifest.version)
      .map(([dependency, range]) => `it needs ${dependency} ${range}, and is of version ${manifest.version}`),
    ...files
      .filter((file) => CODE.test(file) && /^\/\/# sourceMappingURL=/m.test(read(contents, file)))
      .map((file) => `${file} names a source map that is not there`),
  ].map((problem) => `${name}: ${problem}`);
}

/** @param {string} folder @param {string} file */
function read(folder, file) {
  return readFileSync(join(folder, file), 'utf8');
}

/**
 * What publint says, and attw about the ways in which ES modules are found.
 *
 * @param {import('./packs.mjs').Pack} pack
 * @returns {Promise<string[]>}
 */
export async function lintProblems({ name, file, manifest }) {
  const data = readFileSync(file);
  const tarball = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages } = await publint({ strict: true, pack: { tarball } });
  const types = await checkPackage(createPackageFromTarballData(new Uint8Array(data)));
  const typeProblems = types.types === false ? ['it has no types'] : types.problems.filter(isOfEsm).map(told);
  return [
    ...messages.map((each) => `${name}: publint: ${formatMessage(each, manifest)}`),
    ...typeProblems.map((each) => `${name}: attw: ${each}`),
  ];
}

/** @param {import('@arethetypeswrong/core').Problem} problem */
function isOfEsm(problem) {
  if ('resolutionKind' in problem) return !NOT_FOR_ESM.has(problem.resolutionKind);
  return !('resolutionOption' in problem && NOT_FOR_ESM.has(problem.resolutionOption));
}

/** @param {import('@arethetypeswrong/core').Problem} problem */
function told(problem) {
  const { kind, ...more } = problem;
  return `${kind} ${JSON.stringify(more)}`;
}
