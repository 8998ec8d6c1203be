import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { DIFFERENCES } from './differences.ts';

/** The first line of a port whose lines may come in any order. */
const ANY_ORDER = '# Its lines come in any order.\n';

/** Compares what a scene printed with what its Python port prints, where it has one. */
export function expectAsInPython(scene: string, lines: readonly string[]): void {
  const port = fileURLToPath(new URL(`./python/${scene.toLowerCase()}.py`, import.meta.url));
  if (!existsSync(port)) return;
  // Unbuffered, Python writes a line in parts, and those of two processes mix.
  const { PYTHONUNBUFFERED: _, ...env } = process.env;
  // Only S15 reads it.
  const input = 'true\ntrue\n';
  const options = {
    env: { ...env, CPU_COUNT: String(availableParallelism()) },
    encoding: 'utf8',
    timeout: 30_000,
    input,
  } as const;
  const run = spawnSync('python3', ['-X', 'utf8', port], options);
  expect([run.status, run.error], run.stderr).toEqual([0, undefined]);
  let here = [...lines];
  let there = run.stdout.split('\n').slice(0, -1);
  for (const difference of DIFFERENCES.filter((each) => each.scene === scene)) {
    here = without(here, difference.here);
    there = without(there, difference.python);
  }
  const isSorted = readFileSync(port, 'utf8').startsWith(ANY_ORDER);
  expect(isSorted ? here.sort() : here, `${scene} beside its Python port`).toEqual(
    isSorted ? there.sort() : there,
  );
}

/** A difference that is none any more has to leave the table. */
function without(lines: readonly string[], line: string | undefined): string[] {
  if (line === undefined) return [...lines];
  expect(lines, 'a line of the table of differences').toContain(line);
  return lines.filter((each) => each !== line);
}
