import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guaranteeProblems, guarantees, guaranteesPage, PAGE } from '../tools/guarantees.mjs';
import { ROOT } from '../tools/workspace.mjs';

const subjects = guarantees(ROOT);

test('every row has a proof, and every proof is there', () => {
  expect(guaranteeProblems(subjects, ROOT)).toEqual([]);
});

test('the page is what the data say (else: node tools/guarantees.mjs)', () => {
  expect(readFileSync(join(ROOT, PAGE), 'utf8')).toBe(guaranteesPage(subjects, ROOT));
});
