// Which package may use which: the arrows of docs/guide/architecture.md as a table. Arrows only go down.
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { circlesOf } from './circles.mjs';
import { sourceFiles, workspacePackages } from './workspace.mjs';

/** What each package's users get with it. Apps may use everything; nobody uses an app. */
const MAY_USE = {
  '@mp/native': [],
  '@mp/core': ['@mp/native'],
  '@mp/serde': ['@mp/core'],
  '@mp/lock': ['@mp/core'],
  '@mp/pipe': ['@mp/serde', '@mp/core'],
  '@mp/process': ['@mp/serde', '@mp/core'],
  '@mp/queue': ['@mp/lock', '@mp/serde', '@mp/core'],
  '@mp/shared': ['@mp/lock', '@mp/serde', '@mp/core'],
  '@mp/pool': ['@mp/process', '@mp/serde', '@mp/core'],
  '@mp/manager': ['lock', 'shared', 'queue', 'pipe', 'pool', 'process', 'serde', 'core'].map(
    (each) => `@mp/${each}`,
  ),
  // A leaf: nobody builds on it.
  '@mp/cli': ['lock', 'shared', 'queue', 'pipe', 'pool', 'process', 'core'].map((each) => `@mp/${each}`),
  // It takes objects of other packages by their shape, as `AsyncLock` and `AsyncQueue` are: a program that wants one queue over
  // Redis need not install them.
  '@mp/redis': ['@mp/serde', '@mp/core'],
  // Private: the tests of every package use it, so no package's users ever get it.
  '@mp/testing': ['@mp/core'],
};

/**
 * What a package's build puts into it, so that its users need not install it.
 *
 * @type {Record<string, string[]>}
 */
const BUNDLED = { '@mp/serde': ['msgpackr'] };

const TESTING = '@mp/testing';
const CODE = /\.(?:[cm]?[jt]s)$/;
/** Code that users do not get. */
const TEST = /^test\/|\.test\.ts$/;
const BUILD = /^(?:tsup\.config\.ts|build\.mjs|compile\.mjs)$/;

/**
 * Every way in which the packages below `root` break the table, or have imports that go in a circle.
 *
 * @param {string} root
 * @param {Record<string, string[]>} [mayUse]
 * @returns {string[]} one sentence each; empty = all is well
 */
export function layerProblems(root, mayUse = MAY_USE) {
  // The site is no part of any program; beside its pages are tests of all of them.
  const packages = workspacePackages(root).filter(({ folder }) => folder !== 'docs');
  const apps = new Set(packages.filter(isApp).map(({ name }) => name));
  const ofRoot = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies ?? {};
  return packages.flatMap((each) => [
    ...manifestProblems(each, mayUse, apps),
    ...sourceProblems(root, each, new Set(Object.keys(ofRoot))),
    ...circleProblems(root, each),
  ]);
}

/** @param {import('./workspace.mjs').Package} each */
function isApp({ folder }) {
  return folder.startsWith('apps/');
}

/**
 * @param {import('./workspace.mjs').Package} each
 * @param {Record<string, string[]>} mayUse
 * @param {Set<string>} apps
 * @returns {string[]}
 */
function manifestProblems(each, mayUse, apps) {
  const { name, manifest } = each;
  if (!isApp(each) && mayUse[name] === undefined) {
    return [
      `${name} is not in the table of layers: give it a place in tools/layers.mjs and docs/guide/architecture.md`,
    ];
  }
  const own = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const development = Object.keys(manifest.devDependencies ?? {});
  const isOurs = (/** @type {string} */ used) => used.startsWith('@mp/') || apps.has(used);
  const isAllowed = (/** @type {string} */ used) =>
    isApp(each) ? used.startsWith('@mp/') && used !== TESTING : mayUse[name].includes(used);
  return [
    ...own
      .filter((used) => isOurs(used) && !isAllowed(used))
      .map((used) => `${name} may not depend on ${used}`),
    ...development
      .filter((used) => isOurs(used) && used !== TESTING && !isAllowed(used))
      .map(
        (used) => `${name} may not depend on ${used}, not even for its tests: those go to apps/conformance`,
      ),
  ];
}

/**
 * @param {string} root
 * @param {import('./workspace.mjs').Package} each
 * @param {Set<string>} ofRoot what the repository has for the development of all
 * @returns {string[]}
 */
function sourceProblems(root, { folder, name, manifest }, ofRoot) {
  const dependencies = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
  const development = new Set(Object.keys(manifest.devDependencies ?? {}));
  const unused = new Set([...dependencies, ...development]);
  const problems = [];
  for (const { file, specifier } of importsBelow(join(root, folder))) {
    const place = `${folder}/${file} imports ${specifier}`;
    const used = packageOf(specifier);
    if (used === undefined) {
      // A build file may take the base that all share.
      if (leaves(file, specifier) && !BUILD.test(file))
        problems.push(`${place}, which is not part of ${name}`);
      continue;
    }
    if (used.startsWith('@mp/') && used !== TESTING && !/^@mp\/[a-z]+(?:\/internal)?$/.test(specifier)) {
      problems.push(`${place}: only ${used} and ${used}/internal are for others`);
    }
    // Tests use their own package as its users do.
    if (used === name || isBuiltin(specifier)) continue;
    const isTest = TEST.test(file) || BUILD.test(file);
    if (dependencies.has(used) && !isTest) unused.delete(used);
    else if (development.has(used) && (isTest || BUNDLED[name]?.includes(used))) unused.delete(used);
    else if (!isTest || !(dependencies.has(used) || ofRoot.has(used))) {
      problems.push(`${place}, which ${name} does not declare${isTest ? '' : ' as a dependency'}`);
    }
  }
  return [...problems, ...[...unused].map((used) => `${name} declares ${used} and does not import it`)];
}

/**
 * @param {string} root
 * @param {import('./workspace.mjs').Package} each
 * @returns {string[]}
 */
function circleProblems(root, { folder }) {
  return circlesOf(importsBelow(join(root, folder))).map(
    (circle) => `${folder}: imports go in a circle: ${[...circle, circle[0]].join(' → ')}`,
  );
}

/**
 * @param {string} folder
 * @returns {{ file: string, specifier: string, isCall: boolean }[]}
 */
function importsBelow(folder) {
  return sourceFiles(folder)
    .filter((file) => CODE.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName, pos }) => ({
        specifier: fileName,
        isCall: /\bimport\(\s*$/.test(text.slice(0, pos)),
      }));
      const resolved = [...text.matchAll(/\bimport\.meta\.resolve\('([^']+)'\)/g)].map(([, specifier]) => ({
        specifier,
        isCall: false,
      }));
      return [...imported, ...resolved].map((each) => ({ file, ...each }));
    });
}

/**
 * @param {string} specifier
 * @returns {string | undefined} `undefined` for a relative path
 */
function packageOf(specifier) {
  if (specifier.startsWith('.')) return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** @param {string} file @param {string} specifier a relative path in it */
function leaves(file, specifier) {
  return normalize(join(dirname(file), specifier)).startsWith('..');
}
