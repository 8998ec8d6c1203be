import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { guaranteeProblems, guarantees, guaranteesPage } from '../guarantees.mjs';

const ROW = {
  killed: 'A holder',
  others: 'The next one has it',
  soon: 'at a look',
  lost: 'nothing',
  proofs: ['test/lock.test.ts > is had | by the next'],
};
const SUBJECT = { title: 'Locks', about: 'All of them.', rows: [ROW] };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'guarantees-'));
  mkdirSync(join(root, 'test'));
  writeFileSync(join(root, 'test/lock.test.ts'), "test('is had | by the next', () => {});\n");
});
afterEach(() => rmSync(root, { recursive: true }));

const problems = (row: object) => guaranteeProblems([{ ...SUBJECT, rows: [{ ...ROW, ...row }] }], root);

test('a row that says all, with a proof, has no problems', () => {
  expect(problems({})).toEqual([]);
});

test('a proof that is not there is a problem, and none at all, and an empty field', () => {
  expect(problems({ proofs: ['test/lock.test.ts > is lost', 'test/none.test.ts > is had'] })).toEqual([
    'test/lock.test.ts has no test “is lost”',
    'there is no test/none.test.ts',
  ]);
  expect(problems({ proofs: [] })).toEqual(['Locks: “A holder” has no proof']);
  expect(problems({ lost: '' })).toEqual(['Locks: “A holder” does not say all that a row says']);
});

test('the page has the subjects in the order of their files, and links each proof', () => {
  mkdirSync(join(root, 'docs/guide/guarantees'), { recursive: true });
  for (const [file, title] of [
    ['2-queues', 'Queues'],
    ['1-locks', 'Locks'],
  ])
    writeFileSync(join(root, `docs/guide/guarantees/${file}.json`), JSON.stringify({ ...SUBJECT, title }));
  const page = guaranteesPage(guarantees(root), root);
  expect(page.match(/^## .*$/gm)).toEqual(['## Locks', '## Queues']);
  expect(page).toContain(
    '\n| A holder | The next one has it | at a look | nothing | [lock.test](../../test/lock.test.ts) “is had \\| by the next” |\n',
  );
  expect(page).toContain(' 2 rows, proved by 1 tests, ');
});
