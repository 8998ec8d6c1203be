// Runs the pnpm that package.json names, on a machine that has only npm: node tools/pnpm.mjs <arguments>
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROOT } from './workspace.mjs';

/** "pnpm@<version>", without the checksum that may follow. */
export const PNPM = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')).packageManager.split('+')[0];

/**
 * Runs pnpm and waits for it. Turbo finds it on the path then, too.
 *
 * @param {string[]} args
 * @param {'inherit' | 'pipe'} output
 */
export function pnpm(args, output) {
  return spawnSync('npx', ['--yes', PNPM, ...args], {
    cwd: ROOT,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' },
    stdio: ['ignore', output, output],
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { error, status } = pnpm(process.argv.slice(2), 'inherit');
  if (error !== undefined) console.error(`Cannot run npx: ${error.message}`);
  process.exitCode = status ?? 1;
}
