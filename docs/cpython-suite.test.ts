import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeNeeding, pythons } from '@mp/testing';
import { expect, test } from 'vitest';
import { PAGE, suiteData, suiteNames, suitePage, suiteProblems } from '../tools/cpython-suite.mjs';
import { ROOT } from '../tools/workspace.mjs';

const names = suiteNames(ROOT);
const subjects = suiteData(ROOT);

test('every test of CPython has a line, and every proof is there', () => {
  expect(suiteProblems(names, Object.assign({}, ...Object.values(subjects)), ROOT)).toEqual([]);
});

test('the page is what the data say (else: node tools/cpython-suite.mjs)', () => {
  const page = readFileSync(join(ROOT, PAGE), 'utf8');
  expect(page).toBe(suitePage(names, subjects, ROOT));
  expect(page).toContain('| not proved yet | 0 |');
});

const same = (await pythons()).find(({ version }) => version === names.python);

describeNeeding(same ? undefined : `there is no CPython ${names.python}`, 'CPython with these tests', () => {
  test('has the tests that are recorded', () => {
    const program = join(ROOT, 'tools/python/suite_names.py');
    const printed = execFileSync(same!.path, [program], { encoding: 'utf8', timeout: 60_000 });
    expect(JSON.parse(printed)).toEqual(names);
  });
});
