// The binaries that a release carries.
import { join } from 'node:path';
import { ROOT } from '../workspace.mjs';

/**
 * @typedef {object} Target
 * @property {string} name its folder, as `packages/native/index.js` looks for it
 * @property {string} zig what the compiler calls it; with the oldest glibc it is to run on
 * @property {'linux' | 'darwin'} platform
 * @property {'x64' | 'arm64'} arch
 * @property {'linux' | 'posix'} backend
 */

/** @type {Target[]} */
export const TARGETS = [
  { name: 'linux-x64', zig: 'x86_64-linux-gnu.2.28', platform: 'linux', arch: 'x64', backend: 'linux' },
  { name: 'linux-arm64', zig: 'aarch64-linux-gnu.2.28', platform: 'linux', arch: 'arm64', backend: 'linux' },
  { name: 'linux-x64-musl', zig: 'x86_64-linux-musl', platform: 'linux', arch: 'x64', backend: 'linux' },
  { name: 'linux-arm64-musl', zig: 'aarch64-linux-musl', platform: 'linux', arch: 'arm64', backend: 'linux' },
  { name: 'darwin-arm64', zig: 'aarch64-macos', platform: 'darwin', arch: 'arm64', backend: 'posix' },
  { name: 'darwin-x64', zig: 'x86_64-macos', platform: 'darwin', arch: 'x64', backend: 'posix' },
];

export const NATIVE = join(ROOT, 'packages/native');

/** @param {Target} target */
export function binaryOf(target) {
  return join(NATIVE, 'prebuilds', target.name, 'mp.node');
}
