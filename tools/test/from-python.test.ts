import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { counterpartProblems, linkProblems, nameProblems, withLinks } from '../from-python.mjs';

const HEAD =
  '# Page\n\n## Locks: `locks`, `locks.more`\n\n| Python | here | what differs | scene |\n| --- | --- | --- | --- |\n';
const NAMES = ['locks.Lock', 'locks.Lock.acquire', 'locks.more.Lock.acquire', 'locks.cpu_count'];
const ROWS = [
  '| `Lock()`, `Lock.acquire(timeout)` | `new Lock({ name })`, `Lock.acquire({ timeout })` | | [S08] |',
  '| `cpu_count()` | — | nobody counts | |',
];

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'from-python-'));
  write('apps/demo/src/tour/scenes/s08-lock.ts');
  write('apps/demo/src/tour/scenes/s33-five.ts');
  write('apps/demo/test/python/s33.py');
  write('apps/demo/test/differences.ts');
  write('docs/guide/other.md', '# Other\n\n## A title, of `two` words\n');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const page = (...rows: string[]) => `${HEAD}${rows.join('\n')}\n`;
const ours = () => ({
  members: new Map([['Lock', new Set(['acquire'])]]),
  options: new Set(['name', 'timeout']),
});

test('a page with a row for every name has no problems', () => {
  expect(nameProblems(page(...ROWS), NAMES)).toEqual([]);
  expect(counterpartProblems(page(...ROWS), ours())).toEqual([]);
});

test('a name without a row is a problem, in whatever module', () => {
  expect(nameProblems(page(ROWS[0]), NAMES)).toEqual([expect.stringContaining('locks.cpu_count has no row')]);
  const moved = [...NAMES, 'locks.deep.Lock'];
  expect(nameProblems(page(...ROWS), moved)).toEqual([expect.stringContaining('locks.deep.Lock has no row')]);
});

test('a row of what Python has not is a problem', () => {
  expect(nameProblems(page(...ROWS, '| `Lock.steal()` | — | no | |'), NAMES)).toEqual([
    'line 9: locks and locks.more have no Lock.steal',
  ]);
});

test.each([
  ['`Look()`', 'no package exports Look'],
  ['`Lock.steal()`', 'Lock has no steal'],
  ['`new Lock({ colour })`', 'no package has an option colour'],
  ['`new Lock({ name, colour: 5 })`', 'no package has an option colour'],
  ['`process.nothing()`', 'no package exports process'],
  ['`node:nothing`', 'node:nothing is no module of Node'],
  ['—', 'no counterpart, and no reason'],
])('what stands beside a name exists: %s', (here, problem) => {
  expect(counterpartProblems(page(`| \`Lock\` | ${here} | | |`), ours())).toEqual([`line 7: ${problem}`]);
});

test('names of the language and of Node may stand there', () => {
  const here = '`setTimeout()`, `process.exit()`, `Promise.race()`, `node:inspector`';
  expect(counterpartProblems(page(`| \`Lock\` | ${here} | | |`), ours())).toEqual([]);
});

test('the links to scenes are written behind the text, once', () => {
  const linked = withLinks(page(...ROWS), root);
  expect(linked).toContain('\n[S08]: ../../apps/demo/src/tour/scenes/s08-lock.ts\n');
  expect(linked).toContain('listed with their reasons:\n[S33].\n');
  expect(linkProblems(linked, root)).toEqual([]);
  expect(withLinks(linked, root)).toBe(linked);
});

test('a scene that is not there yet is no link, and one that the article has not is a problem', () => {
  const linked = withLinks(page('| `Lock` | `Lock` | | [S09], [S73] |'), root);
  expect(linked).not.toContain('[S09]:');
  expect(linkProblems(linked, root)).toEqual(['line 7: the article has no sample S73']);
});

test('a link to a file or a heading that is not there is a problem', () => {
  const links = '[a](other.md) [b](other.md#a-title-of-two-words) [c](#page) [d](https://nodejs.org)';
  expect(linkProblems(`# Page\n\n${links}\n`, root)).toEqual([]);
  expect(linkProblems('[a](nothing.md) [b](other.md#nothing) [c](#nothing)', root)).toEqual([
    'nothing.md leads nowhere',
    'other.md#nothing leads nowhere',
    '#nothing leads nowhere',
  ]);
});
