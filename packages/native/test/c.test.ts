import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { directory } from './place.ts';

leakCheck();

const compiler = process.env.CC ?? 'cc';
const here = fileURLToPath(new URL('./c/', import.meta.url));
const system = fileURLToPath(new URL('../src/system/', import.meta.url));

/** The tests in C and the part that knows no Node, compiled into `program` with `flags`. */
function compile(program: string, flags: readonly string[]) {
  const files = [here, system].flatMap((folder) =>
    readdirSync(folder).flatMap((file) => (file.endsWith('.c') ? [join(folder, file)] : [])),
  );
  const options = [
    '-std=c11',
    '-g',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-D_GNU_SOURCE',
    '-Wl,--wrap=open',
    '-pthread',
  ];
  return spawnSync(compiler, [...options, ...flags, ...files, '-o', program], { encoding: 'utf8' });
}

test('the part that knows no Node, under the address and undefined-behaviour sanitizers', () => {
  const place = join(directory(), 'c');
  mkdirSync(place);
  const program = join(directory(), 'harness');
  const compiled = compile(program, [
    '-fsanitize=address,undefined',
    '-fno-sanitize-recover=all',
    '-fno-omit-frame-pointer',
  ]);
  if (compiled.status !== 0) {
    throw new Error(
      `Cannot compile the C tests with ${compiler} -fsanitize=address,undefined. A C compiler and its sanitizer ` +
        `libraries (libasan, libubsan) are needed here: ${compiled.error?.message ?? compiled.stderr}`,
    );
  }
  const env = { ...process.env, ASAN_OPTIONS: 'detect_leaks=1:exitcode=99' };
  const run = spawnSync(program, [place], { encoding: 'utf8', env, timeout: 50_000 });
  expect(run).toMatchObject({ status: 0, signal: null, stdout: 'passed\n', stderr: '' });
  expect(readdirSync(place)).toEqual([]);
  rmSync(place, { recursive: true });
  rmSync(program);
});
