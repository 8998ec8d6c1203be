import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { leakCheck, sampled } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const program = fileURLToPath(new URL('../run.mjs', import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
const benchmarks = readdirSync(new URL('../bench/', import.meta.url)).map((file) => file.replace('.mjs', ''));

test('a benchmark runs with our own contenders, and keeps no result of a quick run', () => {
  const results = new URL('../results/', import.meta.url);
  const before = readdirSync(results);
  const taken = sampled(benchmarks, (name) => name);
  const { status, stdout, stderr } = run('--quick', '--only', '@mp', ...taken);
  expect(status, stderr).toBe(0);
  const tables = stdout.split(/^ratio: .*$/m).slice(0, -1);
  expect(tables).toHaveLength(taken.length);
  for (const table of tables) expect(table).toMatch(/^@mp \w+.* +[\d.]+/m);
  expect(readdirSync(results)).toEqual(before);
});

test('a pool of ours survives every way in which its workers are killed, and rejects what they ran', () => {
  const { status, stdout, stderr } = run('kills', '--quick', '--only', '@mp');
  expect(status, stderr).toBe(0);
  const rows = stdout.split('\n').filter((line) => /^@mp Pool \((processes|threads)\) +\d/.test(line));
  // Threads take no part in two of the seven scenarios, which only signals can bring about.
  expect(rows).toHaveLength(7 + 5);
  for (const row of rows) {
    const [, tasks, others, later, end] = row.split(/ {2,}/);
    expect(tasks).toMatch(/^\d (failed|done), \d+ ms$/);
    for (const each of [others, later]) expect(each).toMatch(/^\d+ done, \d+ ms$/);
    expect(end).toMatch(/^\d+ ms$/);
  }
});

test('an unknown name is refused with the known ones', () => {
  const { status, stderr } = run('no-such-benchmark');
  expect(status).toBe(2);
  expect(stderr).toContain('There is no benchmark "no-such-benchmark"');
  for (const name of benchmarks) expect(stderr).toContain(name);
});
