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

/**
 * Where the binary for a target is, as a release carries it.
 *
 * @param {Target} target
 * @param {string} [native] the folder of `@mp/native`
 */
export function binaryOf(target, native = NATIVE) {
  return join(native, 'prebuilds', target.name, 'mp.node');
}

/**
 * Where a clone has the one that was built for this machine.
 *
 * @param {Target} target
 */
export function ownBinaryOf(target) {
  return join(NATIVE, 'build', target.name, 'mp.node');
}
