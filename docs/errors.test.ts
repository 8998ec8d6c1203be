import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeProblems, errorsPage, PAGE } from '../tools/errors.mjs';
import { ROOT } from '../tools/workspace.mjs';

test('every code that is thrown, or named on a page, is declared; every declared one is thrown and explained', () => {
  expect(codeProblems(ROOT)).toEqual([]);
});

test('the page is what the comments of the codes say (else: node tools/errors.mjs)', () => {
  expect(readFileSync(join(ROOT, PAGE), 'utf8')).toBe(errorsPage(ROOT));
});
