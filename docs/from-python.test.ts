import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeNeeding, pythons } from '@mp/testing';
import { expect, test } from 'vitest';
import {
  counterpartProblems,
  linkProblems,
  missingNames,
  nameProblems,
  PAGE,
  recordedNames,
  withLinks,
} from '../tools/from-python.mjs';
import { ourNames } from '../tools/our-names.mjs';
import { ROOT } from '../tools/workspace.mjs';

const page = readFileSync(join(ROOT, PAGE), 'utf8');
const record = recordedNames(ROOT);

test('every public name of Python has a row, and every row is of one', () => {
  expect(nameProblems(page, record.names)).toEqual([]);
});

// TypeScript reads the declarations of all packages and of Node.
test('what stands beside them exists', () => {
  expect(counterpartProblems(page, ourNames(ROOT))).toEqual([]);
});

test('every link leads somewhere, and scenes are linked (else: node tools/from-python.mjs)', () => {
  expect(linkProblems(page, ROOT)).toEqual([]);
  expect(page).toBe(withLinks(page, ROOT));
});

const OLDEST = '3.9';
/** A newer one may have names that nobody has looked at yet: the record is renewed with it. */
const found = (await pythons()).filter(
  ({ version }) => order(version, OLDEST) >= 0 && order(version, record.python) <= 0,
);
const missing = found.length > 0 ? undefined : `there is no Python from ${OLDEST} to ${record.python}`;

describeNeeding(missing, 'the Pythons here', () => {
  test.each(found)('every public name of CPython $version has a row', ({ path, version }) => {
    const program = join(ROOT, 'tools/python/public_names.py');
    const { python, names } = JSON.parse(
      execFileSync(path, [program], { encoding: 'utf8', timeout: 60_000 }),
    );
    expect(python).toBe(version);
    expect(missingNames(page, names)).toEqual([]);
    if (version === record.python) expect(names).toEqual(record.names);
  });
});

function order(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
