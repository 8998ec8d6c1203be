import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { suitePage, suiteProblems } from '../cpython-suite.mjs';

const NAMES = { python: '3.13.0', tests: { LockTest: ['test_lock', 'test_wait'], OldTest: ['test_one'] } };
const DATA = {
  LockTest: {
    test_lock: ['test/lock.test.ts > is free | held', 'S08'],
    test_wait: { differs: 'it rejects', tests: 'test/lock.test.ts > waits for … ms' },
  },
  OldTest: { '*': { outside: 'there is no fork' } },
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cpython-suite-'));
  write(
    'test/lock.test.ts',
    `describe(\`a \${kind}\`, () => {\n  it('is free | held', () => {});\n  test.each([1])('waits for %i ms', () => {});\n});\n`,
  );
  write('apps/demo/src/tour/scenes/s08-lock.ts');
  write('apps/demo/test/python/s08.py');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const problems = (lines: object) => suiteProblems(NAMES, { ...DATA, ...lines } as never, root);

test('data with a line for every test have no problems', () => {
  expect(problems({})).toEqual([]);
  expect(problems({ OldTest: { test_one: 'test/lock.test.ts > a …' } })).toEqual([]);
});

test('a test without a line is a problem, and a line without a test', () => {
  const { test_lock } = DATA.LockTest;
  expect(problems({ LockTest: { test_lock, test_nothing: 'S08' } })).toEqual([
    'LockTest.test_wait has no line',
    'CPython has no test LockTest.test_nothing',
  ]);
  expect(problems({ NewTest: { '*': 'S08' } })).toEqual(['CPython has no test NewTest.*']);
});

test('a proof that is not there is a problem', () => {
  const lines = ['S09', 'test/none.test.ts > is free', 'test/lock.test.ts > is taken'];
  expect(problems({ OldTest: { test_one: lines } })).toEqual([
    'there is no scene S09',
    'there is no test/none.test.ts',
    'test/lock.test.ts has no test “is taken”',
  ]);
});

test('the page has a row for each test, with its state, and counts them', () => {
  const open = { ...DATA, OldTest: { test_one: { open: 'nobody has looked' } } };
  const page = suitePage(NAMES, { locks: open } as never, root);
  for (const line of [
    '| passes | 1 |',
    '| differs on purpose | 1 |',
    '| does not apply | 0 |',
    '| not proved yet | 1 |',
    '## Locks',
    '### LockTest',
    '| test_lock | passes | [lock.test](../test/lock.test.ts) “is free \\| held”; [S08](../apps/demo/src/tour/scenes/s08-lock.ts) and in Python |',
    '| test_wait | differs on purpose | it rejects: [lock.test](../test/lock.test.ts) “waits for … ms” |',
    '| test_one | not proved yet | nobody has looked |',
  ])
    expect(page).toContain(`\n${line}\n`);
});
