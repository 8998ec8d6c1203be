import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { DIFFERENCES } from './differences.ts';

/** The first line of a port whose lines may come in any order. */
const ANY_ORDER = '# Its lines come in any order.\n';

let python3: string | undefined;

/** `python3` itself: what stands on PATH may be a script that looks for it, which takes longer than Python's start. */
function findPython(): string {
  python3 ??= execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).trim();
  return python3;
}

/** What the Python port of a scene prints: it can run while the scene does, as both mostly wait. */
export interface Port {
  readonly lines: readonly string[];
  /** Whether its lines may come in any order. */
  readonly anyOrder: boolean;
}

/**
 * Runs the Python port of a scene.
 *
 * @returns `undefined` where it has none
 */
export async function runPort(scene: string): Promise<Port | undefined> {
  const file = fileURLToPath(new URL(`./python/${scene.toLowerCase()}.py`, import.meta.url));
  if (!existsSync(file)) return undefined;
  // Unbuffered, Python writes a line in parts, and those of two processes mix.
  const { PYTHONUNBUFFERED: _, ...env } = process.env;
  const options = { env: { ...env, CPU_COUNT: String(availableParallelism()) }, timeout: 30_000 };
  const stdout = await new Promise<string>((resolve, reject) => {
    const python = execFile(findPython(), ['-X', 'utf8', file], options, (error, printed, stderr) => {
      if (error === null) resolve(printed);
      else reject(new Error(`The port of ${scene} failed: ${stderr}`, { cause: error }));
    });
    // Most ports read nothing, and may have ended.
    python.stdin?.on('error', () => {});
    // Only S15 reads it.
    python.stdin?.end('true\ntrue\n');
  });
  const anyOrder = readFileSync(file, 'utf8').startsWith(ANY_ORDER);
  return { lines: stdout.split('\n').slice(0, -1), anyOrder };
}

/** Compares what a scene printed with what its port did. */
export function expectAsInPython(scene: string, lines: readonly string[], port: Port): void {
  let here = [...lines];
  let there = [...port.lines];
  for (const difference of DIFFERENCES.filter((each) => each.scene === scene)) {
    here = without(here, difference.here);
    there = without(there, difference.python);
  }
  expect(port.anyOrder ? here.sort() : here, `${scene} beside its Python port`).toEqual(
    port.anyOrder ? there.sort() : there,
  );
}

/** A difference that is none any more has to leave the table. */
function without(lines: readonly string[], line: string | undefined): string[] {
  if (line === undefined) return [...lines];
  expect(lines, 'a line of the table of differences').toContain(line);
  return lines.filter((each) => each !== line);
}
