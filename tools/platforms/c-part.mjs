// The tests in C of the part that knows no Node, as one static program for another target.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemSources } from '../../packages/native/compile.mjs';
import { NATIVE } from '../prebuilds/targets.mjs';
import { compile } from '../prebuilds/zig.mjs';
import { PATIENCE } from './nodes.mjs';

/** How long it may take, in seconds: longer than it gives itself. */
const MOST = 150;

/**
 * @param {string} target as zig calls it
 * @param {'linux' | 'posix'} backend
 * @param {string[]} emulator what runs it
 * @returns {{ line: string, passed: boolean }}
 */
export function cPart(target, backend, emulator) {
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
    const run = spawnSync(command, args, { encoding: 'utf8', timeout: MOST * 1_000 * patience });
    const title = `${target}, ${backend} backend, C part`;
    if (run.error !== undefined && emulator.length > 0 && run.pid === 0)
      return { line: `${title}: not tested, there is no ${command} (Debian: qemu-user)`, passed: false };
    const passed = run.stdout === 'passed\n';
    if (!passed) process.stderr.write(`Ended with ${run.status ?? run.signal}: ${run.stdout}${run.stderr}\n`);
    return { line: `${title}: ${passed ? 'passed' : 'failed'}`, passed };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
