import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually, isRunning, leakCheck } from '@mp/testing';
import { expect, it } from 'vitest';

leakCheck();

const path = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

it.each(['', 'handles it'])('Ctrl-C ends the whole family quietly, with code 130 %s', async (how) => {
  const command = [path('terminal.py'), '7', process.execPath, path('terminal.mjs'), how];
  const { stdout, stderr, error } = spawnSync('python3', command, { encoding: 'utf8', timeout: 30_000 });
  expect(error ?? stderr).toBe('');
  const { code, said } = JSON.parse(stdout);
  expect(code).toBe(130);
  const lines: string[] = said.replace('^C', '').trim().split(/\r?\n/);
  expect(lines.map((line) => line.replace(/\d+/, 'pid'))).toEqual(Array(7).fill('up pid'));
  const pids = new Set(lines.map((line) => Number(line.slice(3))));
  await eventually('all are gone', () => ![...pids].some(isRunning), { within: 2_000 });
});
