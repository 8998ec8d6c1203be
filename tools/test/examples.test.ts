import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  findExamples,
  importedBy,
  installedBy,
  makeProject,
  missingOutput,
  writeCommonJsPrograms,
  writePrograms,
} from '../examples.mjs';

const FENCE = '```';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'examples-'));
  write('pnpm-workspace.yaml', 'packages:\n  - packages/*\n');
  write('packages/low/package.json', '{ "name": "@mp/low", "type": "module", "exports": "./index.js" }');
  write('packages/low/index.js', 'export const low = 7;\n');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** What each example of the page prints. */
function outputs(page: string): string[] {
  const project = join(root, 'project');
  mkdirSync(project);
  makeProject(root, project);
  const examples = findExamples(root).filter((each) => each.page === page);
  const programs = writePrograms(examples, join(project, 'page'));
  return programs.map(({ path }) => execFileSync(process.execPath, [path], { encoding: 'utf8' }));
}

test('examples are found in pages, READMEs and comments, and nowhere else', () => {
  write('README.md', `a\n${FENCE}js\none\n${FENCE}\n${FENCE}text\nno\n${FENCE}\n${FENCE}\nno\n${FENCE}\n`);
  write('docs/guide.md', `${FENCE}ts\ntwo\n${FENCE}\n`);
  write('packages/low/README.md', `${FENCE}js\nthree\n\nfour\n${FENCE}\n`);
  write(
    'packages/low/src/low.ts',
    `/**\n * @example\n * ${FENCE}js\n *   five\n * ${FENCE}\n */\nconst s = '${FENCE}js';\n`,
  );
  write('packages/low/test/low.test.ts', `/**\n * ${FENCE}js\n * no\n * ${FENCE}\n */\n`);
  expect(findExamples(root)).toEqual([
    { page: 'README.md', line: 3, language: 'js', code: 'one' },
    { page: 'docs/guide.md', line: 2, language: 'ts', code: 'two' },
    { page: 'packages/low/README.md', line: 2, language: 'js', code: 'three\n\nfour' },
    { page: 'packages/low/src/low.ts', line: 4, language: 'js', code: '  five' },
  ]);
});

test('an example imports the packages by name, and its neighbours by theirs', () => {
  const jobs = `${FENCE}ts\n// jobs.ts\nexport const job: number = 1;\n${FENCE}\n`;
  const main = "import { low } from '@mp/low';\nimport { job } from './jobs.ts';\nconsole.log(low + job);";
  write('README.md', `${jobs}${FENCE}ts\n${main}\n${FENCE}\n`);
  expect(outputs('README.md')).toEqual(['', '8\n']);
});

test('what comments promise is printed and can be compared', () => {
  const code = [
    'console.log(1 + 1); // 2: two',
    'console.log([3]); // => [ 3 ]',
    "'a' + 'b'; // => ab",
    'const five = 2 + 3; // => 5',
    'console.log(6); /* not promised */',
    'five; // an ordinary comment',
  ].join('\n');
  write('README.md', `${FENCE}js\n${code}\n${FENCE}\n`);
  const [example] = findExamples(root);
  expect(outputs('README.md')).toEqual(['2\n[ 3 ]\nab\n5\n6\n']);
  expect(missingOutput(example, ['2', '[ 3 ]', 'ab', 'between', '5', '6'])).toBeUndefined();
  expect(missingOutput(example, ['2', 'ab', '[ 3 ]', '5'])).toBe('ab');
  expect(missingOutput(example, ['2', '[ 3 ]', 'abc', '5'])).toBe('ab');
  expect(missingOutput(example, [])).toBe('2: two');
});

test('what examples import, and what their page says how to install', () => {
  const code = [
    `import { a } from '@mp/b';`,
    `import fs from 'node:fs';`,
    `import {\n  c,\n} from '@mp/a';`,
  ].join('\n');
  write('README.md', `${FENCE}js\n${code}\n${FENCE}\n${FENCE}js\nimport { b } from '@mp/b';\n${FENCE}\n`);
  expect(importedBy(findExamples(root))).toEqual(['@mp/a', '@mp/b']);
  const page = `Try \`npm install @mp/b\`, \`npm install --global @mp/a-c\`, or\n${FENCE}text\nnpm install @mp/a @mp/b\n${FENCE}\n`;
  expect(installedBy(page)).toEqual(['@mp/a', '@mp/a-c', '@mp/b']);
  expect(installedBy('npm install vitest, not @mp/b')).toEqual([]);
});

test('an example in CommonJS imports its neighbours by their names', () => {
  write(
    'README.md',
    `${FENCE}js\n// one.mjs\nexport const one = 1;\n${FENCE}\n${FENCE}js\n// two.mjs\nimport { one } from './one.mjs';\n\nconsole.log(one + 1, typeof module);\n${FENCE}\n`,
  );
  const [, { path }] = writeCommonJsPrograms(findExamples(root), join(root, 'page'));
  expect(execFileSync(process.execPath, [path], { encoding: 'utf8' })).toBe('2 object\n');
});
