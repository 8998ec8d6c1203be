import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leakCheck, PATIENCE } from '@mp/testing';
import { expect, test } from 'vitest';
import { type Backend, systemSources } from '../compile.mjs';
import { directory } from './place.ts';

leakCheck();

const compiler = process.env.CC ?? 'cc';
const here = fileURLToPath(new URL('./c/', import.meta.url));

/** The tests in C and the part that knows no Node, compiled into `program` with `flags`. */
function compile(backend: Backend, program: string, flags: readonly string[]) {
  const tests = readdirSync(here).flatMap((file) => (file.endsWith('.c') ? [join(here, file)] : []));
  const files = [...tests, ...systemSources(backend)];
  const options = [
    '-std=c11',
    '-g',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-D_GNU_SOURCE',
    '-Dopen=mp_test_open',
    `-DMP_TEST_PATIENCE=${PATIENCE}`,
    '-pthread',
  ];
  return spawnSync(compiler, [...options, ...flags, ...files, '-o', program], { encoding: 'utf8' });
}

/** ms, on a machine that does other things too. */
const LONG = 150_000 * PATIENCE;

/** In memory: thousands of files are made and removed. */
const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

test.each<Backend>(['linux', 'posix'])(
  'the %s backend, under the address and undefined-behaviour sanitizers',
  (backend) => {
    const place = mkdtempSync(join(memory, `mp-test-${process.env.MP_TEST_RUN ?? process.pid}-c-`));
    const program = join(directory(), 'harness');
    const compiled = compile(backend, program, [
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
    const run = spawnSync(program, [place], { encoding: 'utf8', env, timeout: LONG });
    expect(run).toMatchObject({ status: 0, signal: null, stdout: 'passed\n', stderr: '' });
    expect(readdirSync(place)).toEqual([]);
    rmSync(place, { recursive: true });
    rmSync(program);
  },
);
