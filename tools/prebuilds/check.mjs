// Fails unless all binaries of a release are there and as they must be, and the tarball with them is not too large. The
// release runs it before it publishes.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { examine } from './binary.mjs';
import { binaryOf, NATIVE, TARGETS } from './targets.mjs';

const TARBALL_MOST = 500 * 1024;

const kib = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
/** @type {string[]} */
const problems = [];
for (const target of TARGETS) {
  const path = binaryOf(target);
  if (!existsSync(path)) {
    problems.push(`${target.name}: it is missing. Make it: npm run prebuilds`);
    continue;
  }
  const { size, wrong } = examine(path, target);
  console.log(`${target.name.padEnd(18)}${kib(size).padStart(10)}`);
  problems.push(...wrong.map((each) => `${target.name}: ${each}`));
}
const [{ size, files }] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: NATIVE, encoding: 'utf8' }),
);
console.log(`${'tarball'.padEnd(18)}${kib(size).padStart(10)}`);
if (size > TARBALL_MOST) problems.push(`The tarball has ${kib(size)}, more than ${kib(TARBALL_MOST)}`);
const strays = files.filter(
  (/** @type {{ path: string }} */ { path }) => path.startsWith('prebuilds/') && !isOfRelease(path),
);
problems.push(
  ...strays.map((/** @type {{ path: string }} */ { path }) => `${path} does not belong into a release`),
);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** @param {string} path */
function isOfRelease(path) {
  return TARGETS.some(({ name }) => path === `prebuilds/${name}/mp.node`);
}
