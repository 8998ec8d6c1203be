import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LIMIT_MS } from '@mp/testing';
import { expect, test } from 'vitest';

/** `npm run stress` for a moment; its seed is in the message when it fails. */
test('random work and random deaths break no promise', () => {
  const program = fileURLToPath(new URL('./stress/main.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--seconds', '15'], {
    encoding: 'utf8',
    timeout: LIMIT_MS / 2,
    killSignal: 'SIGKILL',
  });
  expect(`${stderr}${stdout}`).not.toContain('failed');
  expect(stdout).toMatch(/lock, seed \d+, killing: \d+ turns, [1-9]\d* killed/);
  expect(status).toBe(0);
});
