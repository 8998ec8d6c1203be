import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeProblems, errorCodes, errorsPage } from '../errors.mjs';

const DECLARED = `export type MpErrorCode =
  /**
   * A wait ran out
   * of time.
   *
   * Way out: wait for longer.
   */
  | 'ERR_MP_TIMEOUT'
  /** It is full. Way out: take something out. */
  | 'ERR_MP_FULL';
export class TimeoutError extends MpError {
  constructor(message: string) {
    super('ERR_MP_TIMEOUT', message);
  }
}
`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'errors-'));
  write('pnpm-workspace.yaml', 'packages:\n  - packages/*\n');
  for (const name of ['core', 'lock', 'native'])
    write(`packages/${name}/package.json`, `{ "name": "@mp/${name}" }`);
  write('packages/core/src/errors.ts', DECLARED);
  write('packages/lock/src/lock.ts', "throw new TimeoutError('late');\n");
  write('packages/native/src/file.c', 'return mp_throw_code(env, "ERR_MP_FULL", "full");\n');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

test('each code has the text of its comment, its class, and the packages that throw it or say so', () => {
  write('packages/core/src/wait.ts', '/** @throws MpError `ERR_MP_FULL`\n * when it is. */\n');
  expect(errorCodes(root)).toEqual([
    {
      code: 'ERR_MP_TIMEOUT',
      meaning: 'A wait ran out of time.',
      wayOut: 'wait for longer.',
      className: 'TimeoutError',
      packages: ['@mp/lock'],
    },
    {
      code: 'ERR_MP_FULL',
      meaning: 'It is full.',
      wayOut: 'take something out.',
      className: 'MpError',
      packages: ['@mp/core', '@mp/native'],
    },
  ]);
  expect(codeProblems(root)).toEqual([]);
  expect(errorsPage(root)).toContain(
    '\n## ERR_MP_FULL\n\nIt is full.\n\n**Way out:** take something out.\n\nClass: `MpError`. Thrown by: `@mp/core`, `@mp/native`.\n',
  );
});

test('a code that is thrown, or named on a page, and not declared is a problem', () => {
  write('packages/lock/src/other.ts', "throw new MpError('ERR_MP_OTHER', 'other');\n");
  write('docs/page.md', 'It throws `ERR_MP_NOTHING`.\n');
  expect(codeProblems(root)).toEqual([
    'packages/lock/src/other.ts has ERR_MP_OTHER, which is not declared in packages/core/src/errors.ts',
    'docs/page.md has ERR_MP_NOTHING, which is not declared in packages/core/src/errors.ts',
  ]);
});

test('a code that is compared with, and never thrown, is a problem', () => {
  write('packages/native/src/file.c', '');
  write('packages/lock/src/other.ts', "if (error.code === 'ERR_MP_FULL') again();\n");
  expect(codeProblems(root)).toEqual(['nobody throws ERR_MP_FULL']);
});

test('a code without a meaning or a way out is a problem', () => {
  write('packages/core/src/errors.ts', DECLARED.replace(' Way out: take something out.', ''));
  expect(codeProblems(root)).toEqual([
    'the comment of ERR_MP_FULL does not say what it means, and a way out',
  ]);
});
