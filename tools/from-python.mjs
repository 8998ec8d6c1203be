// Checks docs/guide/from-python.md against Python, our packages and the tour; run alone, it writes the links to the scenes.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { rowsOf } from './guide-tables.mjs';
import { ROOT } from './workspace.mjs';

export const PAGE = 'docs/guide/from-python.md';
/** The names of one Python, as `tools/python/public_names.py` prints them. */
const RECORD = 'tools/python/public_names.json';
const SCENES = 'apps/demo/src/tour/scenes';
const PORTS = 'apps/demo/test/python';
/** Behind this line stands what is written by this program. */
const GENERATED = '<!-- Written by node tools/from-python.mjs -->';
/** How many samples the article has. */
const SAMPLES = 72;

/**
 * What is wrong with the first column: names of Python that have no row, and rows of what is no name.
 *
 * @param {string} page
 * @param {readonly string[]} names of Python, with their modules
 * @returns {string[]} one sentence each
 */
export function nameProblems(page, names) {
  const known = new Set(names);
  const strange = rowsOf(page).flatMap(({ line, modules, python }) =>
    python
      .filter((name) => !modules.some((module) => known.has(`${module}.${name}`)))
      .map((name) => `line ${line}: ${modules.join(' and ')} have no ${name}`),
  );
  return [...strange, ...missingNames(page, names)];
}

/**
 * The names of Python that have no row.
 *
 * @param {string} page
 * @param {readonly string[]} names
 * @returns {string[]} one sentence each
 */
export function missingNames(page, names) {
  const covered = new Set(
    rowsOf(page).flatMap(({ modules, python }) =>
      modules.flatMap((module) => python.map((name) => `${module}.${name}`)),
    ),
  );
  return names.filter((name) => !covered.has(name)).map((name) => `${name} has no row in ${PAGE}`);
}

/**
 * What is wrong with the second column: names of ours that are none, and rows without a counterpart or a reason.
 *
 * @param {string} page
 * @param {import('./our-names.mjs').OurNames} ours
 * @returns {string[]}
 */
export function counterpartProblems(page, ours) {
  return rowsOf(page).flatMap(({ line, here, reason }) => [
    ...(here.length === 0 && reason === '' ? [`line ${line}: no counterpart, and no reason`] : []),
    ...here.flatMap((span) => spanProblems(span, ours).map((problem) => `line ${line}: ${problem}`)),
  ]);
}

/**
 * @param {string} span
 * @param {import('./our-names.mjs').OurNames} ours
 */
function spanProblems(span, { members, options }) {
  if (span.startsWith('node:')) return isBuiltin(span) ? [] : [`${span} is no module of Node`];
  const [name, member] = span
    .replace(/^new /, '')
    .split(/[^\w.$]/)[0]
    .split('.');
  const own = members.get(name);
  const unknown = optionsIn(span).filter((option) => !options.has(option));
  const problems = unknown.map((option) => `no package has an option ${option}`);
  if (own === undefined)
    return isOfLanguage(name, member) ? problems : [...problems, `no package exports ${name}`];
  return member === undefined || own.has(member) ? problems : [...problems, `${name} has no ${member}`];
}

/** The names in an object of options, like `{ name, size: 5 }`. @param {string} span */
function optionsIn(span) {
  const [, inside = ''] = /\{ (.*) \}/.exec(span) ?? [];
  return inside.split(', ').flatMap((each) => /^\w+/.exec(each) ?? []);
}

/** @param {string} name @param {string | undefined} member */
function isOfLanguage(name, member) {
  const value = Reflect.get(globalThis, name);
  if (value === undefined) return false;
  return member === undefined || member in value;
}

/**
 * The page with its links to the scenes. A sample whose scene is not there is no link.
 *
 * @param {string} page
 * @param {string} root the repository
 */
export function withLinks(page, root) {
  const [text] = page.split(GENERATED);
  const files = readdirSync(join(root, SCENES)).sort();
  const fileOf = (/** @type {string} */ scene) =>
    files.find((file) => file.startsWith(`${scene.toLowerCase()}-`));
  const there = new Set(files.map((file) => file.slice(0, 3).toUpperCase()));
  const named = scenesOn(text).map(({ scene }) => scene);
  const ports = [...there].filter((scene) => existsSync(join(root, PORTS, `${scene.toLowerCase()}.py`)));
  const linked = [...new Set([...named, ...ports])].filter((scene) => there.has(scene)).sort();
  const folder = relative(dirname(PAGE), SCENES);
  const links = linked.map((scene) => `[${scene}]: ${folder}/${fileOf(scene)}`);
  return [
    `${text.trimEnd()}\n`,
    GENERATED,
    '## Beside Python\n',
    'These scenes are run beside ports of them in Python, in every `npm test`; what they print is the same but for the',
    `[differences](${relative(dirname(PAGE), 'apps/demo/test/differences.ts')}) that are listed with their reasons:`,
    `${ports.map((scene) => `[${scene}]`).join(' ')}.\n`,
    ...links,
    '',
  ].join('\n');
}

/**
 * What is wrong with the links of the page: to files, to headings, and to scenes.
 *
 * @param {string} page
 * @param {string} root
 * @returns {string[]}
 */
export function linkProblems(page, root) {
  const strangers = scenesOn(page)
    .filter(({ scene }) => !(Number(scene.slice(1)) >= 1 && Number(scene.slice(1)) <= SAMPLES))
    .map(({ scene, line }) => `line ${line}: the article has no sample ${scene}`);
  const targets = [...page.matchAll(/\]\(([^)]+)\)|^\[\w+\]: (\S+)$/gm)].map(
    ([, inline, defined]) => inline ?? defined,
  );
  const dead = targets
    .filter((target) => !/^https?:/.test(target) && !isThere(join(root, dirname(PAGE)), target, page))
    .map((target) => `${target} leads nowhere`);
  return [...strangers, ...dead];
}

/** Every scene that a page names, like `[S33]`. @param {string} page */
function scenesOn(page) {
  return page
    .split('\n')
    .flatMap((text, at) => [...text.matchAll(/\[(S\d\d)\]/g)].map(([, scene]) => ({ scene, line: at + 1 })));
}

/** @param {string} folder @param {string} target @param {string} page */
function isThere(folder, target, page) {
  const [path, heading] = target.split('#');
  const file = join(folder, path);
  if (path !== '' && !existsSync(file)) return false;
  if (heading === undefined) return true;
  const text =
    path === '' ? page : readFileSync(file.endsWith('.md') ? file : join(file, 'README.md'), 'utf8');
  return [...text.matchAll(/^#+ (.*)$/gm)].some(([, title]) => anchorOf(title) === heading);
}

/** The anchor that GitHub gives a heading. @param {string} title */
function anchorOf(title) {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** @param {string} root @returns {{ python: string, names: string[] }} */
export function recordedNames(root) {
  return JSON.parse(readFileSync(join(root, RECORD), 'utf8'));
}

if (import.meta.filename === process.argv[1]) {
  const file = join(ROOT, PAGE);
  writeFileSync(file, withLinks(readFileSync(file, 'utf8'), ROOT));
}
