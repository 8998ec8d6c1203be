// Makes docs/cpython-suite.md: each test of CPython's own suite for multiprocessing, and the test of ours that proves the same.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { proofLink, proofProblems } from './proofs.mjs';
import { ROOT } from './workspace.mjs';

export const PAGE = 'docs/cpython-suite.md';
/** What stands on the page, by class and test, in one file for each subject. */
const DATA = 'docs/cpython-suite';
/** The names of the tests, as `tools/python/suite_names.py` prints them. */
const RECORD = 'tools/python/suite_names.json';
const TOUR = 'apps/demo/test/tour.test.ts';

/** Every other name of a class, for tests that have no line of their own. */
const REST = '*';

/**
 * @typedef {string | string[]} Proofs `file > title`, or a scene like `S33`
 * @typedef {Proofs | { differs: string, tests?: Proofs } | { outside: string } | { open: string }} Line
 * @typedef {{ python: string, tests: Record<string, string[]> }} Names
 * @typedef {Record<string, Record<string, Line>>} Data by class and test
 * @typedef {'passes' | 'differs on purpose' | 'does not apply' | 'not proved yet'} State
 */

/** @param {string} root @returns {Names} */
export function suiteNames(root) {
  return JSON.parse(readFileSync(join(root, RECORD), 'utf8'));
}

/** @param {string} root @returns {Record<string, Data>} by subject */
export function suiteData(root) {
  const files = readdirSync(join(root, DATA)).filter((file) => file.endsWith('.json'));
  return Object.fromEntries(
    files
      .sort()
      .map((file) => [basename(file, '.json'), JSON.parse(readFileSync(join(root, DATA, file), 'utf8'))]),
  );
}

/**
 * What is wrong with the data: tests without a line, lines without a test, proofs that are not there.
 *
 * @param {Names} names
 * @param {Data} data of all subjects
 * @param {string} root the repository
 * @returns {string[]} one sentence each
 */
export function suiteProblems({ tests }, data, root) {
  const missing = Object.entries(tests).flatMap(([name, methods]) =>
    methods
      .filter((method) => lineOf(data, name, method) === undefined)
      .map((method) => `${name}.${method} has no line`),
  );
  const strange = Object.entries(data).flatMap(([name, lines]) =>
    Object.keys(lines)
      .filter((method) => !(tests[name]?.includes(method) || (method === REST && name in tests)))
      .map((method) => `CPython has no test ${name}.${method}`),
  );
  const proofs = new Set(Object.values(data).flatMap((lines) => Object.values(lines).flatMap(proofsOf)));
  return [...missing, ...strange, ...[...proofs].flatMap((proof) => proofProblems(proof, root))];
}

/** @param {Data} data @param {string} name @param {string} method @returns {Line | undefined} */
function lineOf(data, name, method) {
  return data[name]?.[method] ?? data[name]?.[REST];
}

/** @param {Line} line @returns {string[]} */
function proofsOf(line) {
  if (typeof line === 'string' || Array.isArray(line)) return [line].flat();
  return 'tests' in line ? [line.tests ?? []].flat() : [];
}

/** @param {Line} line @returns {[State, reason: string]} */
function stateOf(line) {
  if (typeof line === 'string' || Array.isArray(line)) return ['passes', ''];
  if ('differs' in line) return ['differs on purpose', line.differs];
  return 'outside' in line ? ['does not apply', line.outside] : ['not proved yet', line.open];
}

/**
 * The page.
 *
 * @param {Names} names
 * @param {Record<string, Data>} subjects
 * @param {string} root
 */
export function suitePage({ python, tests }, subjects, root) {
  const data = Object.assign({}, ...Object.values(subjects));
  const lines = Object.entries(tests).flatMap(([name, methods]) =>
    methods.map((method) => lineOf(data, name, method)).filter((line) => line !== undefined),
  );
  /** @type {State[]} */
  const states = ['passes', 'differs on purpose', 'does not apply', 'not proved yet'];
  const counts = states.map((state) => lines.filter((line) => stateOf(line)[0] === state).length);
  return [
    '---',
    'title: CPython’s own tests',
    'description: Each test that CPython has for multiprocessing, and the test here that proves the same.',
    'order: 4',
    '---',
    '<!-- Written by node tools/cpython-suite.mjs from docs/cpython-suite/*.json -->',
    '# CPython’s own tests',
    '',
    `CPython ${python} tests its \`multiprocessing\` by ${lines.length} methods in \`test/_test_multiprocessing.py\`, most of them for processes, threads and`,
    'managers. This page says for each of them, by its name, which test of ours proves the same.',
    '',
    '| | tests |',
    '| --- | --- |',
    ...states.map((state, index) => `| ${state} | ${counts[index]} |`),
    '',
    '*Passes*: the behaviour is the same, and the tests that are named prove it. *Differs on purpose*: here is why, and the tests prove what happens',
    'instead. *Does not apply*: it is about something that is not here. Scenes are programs of the tour; those with “and in Python” run beside',
    `a port in Python, whose output has to be the same ([${basename(TOUR)}](../${TOUR})). What speaks to Python’s \`multiprocessing.connection\` is tested with`,
    'every CPython that the machine has ([python.test.ts](../packages/pipe/test/python.test.ts)). How the names correspond: [From Python](guide/from-python.md).',
    ...Object.entries(subjects).flatMap(([subject, classes]) => [
      '',
      `## ${subject[0].toUpperCase()}${subject.slice(1)}`,
      ...Object.keys(classes).flatMap((name) => [
        '',
        `### ${name}`,
        '',
        '| test | | proof, or reason |',
        '| --- | --- | --- |',
        ...(tests[name] ?? []).map((method) => rowOf(method, lineOf(data, name, method), root)),
      ]),
    ]),
    '',
  ].join('\n');
}

/** @param {string} method @param {Line | undefined} line @param {string} root */
function rowOf(method, line, root) {
  if (line === undefined) return `| ${method} | | |`;
  const [state, reason] = stateOf(line);
  const proofs = proofsOf(line)
    .map((proof) => proofLink(proof, PAGE, root))
    .join('; ');
  return `| ${method} | ${state} | ${[reason, proofs].filter((part) => part !== '').join(': ')} |`;
}

if (import.meta.filename === process.argv[1]) {
  const subjects = suiteData(ROOT);
  const names = suiteNames(ROOT);
  const problems = suiteProblems(names, Object.assign({}, ...Object.values(subjects)), ROOT);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  else writeFileSync(join(ROOT, PAGE), suitePage(names, subjects, ROOT));
}
