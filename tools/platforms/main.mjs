// npm run platforms [-- [a target] [arguments of vitest]]: what can be run here of the targets that this machine is not. The binaries are
// those of `npm run prebuilds`. One line for each at the end. docs/decisions/011 has a table of what is tested where.
//   npm run platforms                                          all of them
//   npm run platforms -- linux-x64-musl packages/lock          some tests of one of them
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { binaryOf, TARGETS } from '../prebuilds/targets.mjs';
import { ROOT } from '../workspace.mjs';
import { cPart } from './c-part.mjs';
import { EMULATOR, nodeForArm, nodeForMusl, PATIENCE } from './nodes.mjs';

const SUITES = ['packages/native', 'packages/core', 'packages/lock', 'packages/queue'];

/**
 * @typedef {object} Line
 * @property {string} line
 * @property {boolean} passed
 */

/** @type {Record<string, () => Line[] | Promise<Line[]>>} */
const RUNS = {
  'linux-x64-musl': async () => [
    cPart('x86_64-linux-musl', 'linux', []),
    cPart('x86_64-linux-musl', 'posix', []),
    await suites('linux-x64-musl', nodeForMusl, 1),
  ],
  'linux-arm64-musl': () => [
    cPart('aarch64-linux-musl', 'linux', [EMULATOR]),
    cPart('aarch64-linux-musl', 'posix', [EMULATOR]),
  ],
  'linux-arm64': async () => [await suites('linux-arm64', nodeForArm, PATIENCE)],
};

const [first = '', ...rest] = process.argv.slice(2);
const only = Object.hasOwn(RUNS, first) ? first : undefined;
const args = only === undefined ? process.argv.slice(2) : rest;
/** @type {Line[]} */
const lines = [];
for (const [target, run] of Object.entries(RUNS))
  if (only === undefined || only === target) lines.push(...(await run()));
console.log(lines.map(({ line }) => line).join('\n'));
process.exitCode = lines.every(({ passed }) => passed) ? 0 : 1;

/**
 * The tests of the packages next to the system, under another Node.
 *
 * @param {string} name of the target
 * @param {() => string} prepare makes a program that runs that Node, and answers where it is
 * @param {number} patience how many times as long its tests may take
 * @returns {Promise<Line>}
 */
async function suites(name, prepare, patience) {
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined || !existsSync(binaryOf(target)))
    return { line: `${name}: not tested, its binary is missing. Make it: npm run prebuilds`, passed: false };
  let preload = '';
  try {
    preload = prepare();
  } catch (error) {
    return { line: `${name}: not tested, ${/** @type {Error} */ (error).message}`, passed: false };
  }
  const given = args.some((each) => !each.startsWith('-')) ? args : [...SUITES, ...args];
  const env = {
    ...process.env,
    NODE_OPTIONS: `--require=${preload}`,
    MP_TEST_PATIENCE: String(patience),
    // All cases of exhaustive tests, where that takes minutes only.
    ...(patience === 1 && { MP_TEST_ALL: '1' }),
  };
  const run = spawn(process.execPath, [join(ROOT, 'tools/run-tests.mjs'), ...given], {
    env,
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(run, 'close');
  let last = '';
  // An emulated processor takes hours: what is known is shown.
  for await (const line of createInterface({ input: run.stdout })) {
    process.stderr.write(`${line}\n`);
    last = line;
  }
  const [status] = await ended;
  return { line: `${name}: ${last}`, passed: status === 0 };
}
