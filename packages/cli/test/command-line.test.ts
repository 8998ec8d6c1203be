import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Event } from '@mp/lock';
import { leakCheck } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { mp } from './actor.ts';

leakCheck();

const COMMANDS = [
  'ls',
  'inspect',
  'top',
  'tree',
  'watch',
  'web',
  'gc',
  'rm',
  'unlock',
  'doctor',
  'completion',
];

test('help is a manual: of all, and of each command', async () => {
  const { code, stdout } = await mp(['help']);
  expect(code).toBe(0);
  for (const section of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'COMMANDS', 'ENVIRONMENT', 'EXIT STATUS'])
    expect(stdout).toMatch(new RegExp(`^${section}$`, 'm'));
  for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {7}${name}\\b`, 'm'));
  expect((await mp(['--help'])).stdout).toBe(stdout);
  expect(await mp([])).toMatchObject({ code: 2, stdout });
  const [asked, helped] = await Promise.all([mp(['gc', '--help']), mp(['help', 'gc'])]);
  expect(asked.stdout).toBe(helped.stdout);
  expect(asked.stdout).toContain('-n, --dry-run');
  expect(Math.max(...asked.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('the version is that of the package', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect((await mp(['--version'])).stdout.trim()).toBe(manifest.version);
});

test.each([
  [['sl'], 'There is no command "sl"; there are ls, '],
  [['ls', '--al'], "mp ls: Unknown option '--al'"],
  [['ls', 'x'], 'mp ls does not take "x"'],
  [['inspect'], 'mp inspect needs NAME'],
  [['inspect', 'a', 'b'], 'mp inspect does not take "b"'],
  [['top', '--interval=fast'], '--interval takes a whole number from 50 to 60000, not "fast"'],
  [['top', '--sort=colour'], '--sort takes rate, waiters, depth, size, name, not "colour"'],
  [['completion', 'fish'], 'There is completion for bash and zsh, not for "fish"'],
])('%j is a wrong command line', async (args, message) => {
  const { code, stdout, stderr } = await mp(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`mp: ${message}`);
});

test('a reader that has seen enough ends it without an error', () => {
  const program = fileURLToPath(new URL('../dist/mp.js', import.meta.url));
  const command = `"${process.execPath}" "${program}" top -i 50 | head -n 1`;
  const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect([status, stderr]).toEqual([0, '']);
});

describe('completion', () => {
  /** What bash offers for the words, of which the last is begun. */
  async function offered(...words: string[]): Promise<string[]> {
    const program = fileURLToPath(new URL('../dist/mp.js', import.meta.url));
    const { stdout } = await mp(['completion', 'bash']);
    const script = `mp() { "${process.execPath}" "${program}" "$@"; }
${stdout}
COMP_WORDS=(mp ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
_mp; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
  }

  test('bash completes commands, options and names of objects', async () => {
    const event = new Event({ name: 'ready-to-go' });
    expect(await offered('to')).toEqual(['top']);
    expect(await offered('gc', '--d')).toEqual(['--dry-run']);
    expect(await offered('inspect', 'ready')).toEqual(['ready-to-go']);
    event.unlink();
  });

  test('the code for zsh is there, and zsh reads it where it is installed', async () => {
    const { stdout } = await mp(['completion', 'zsh']);
    expect(stdout).toContain('compdef _mp mp');
    const { error, status } = spawnSync('zsh', ['-n', '-c', stdout]);
    if (error === undefined) expect(status).toBe(0);
    for (const name of COMMANDS) expect(stdout).toContain(`'${name}:`);
  });
});
