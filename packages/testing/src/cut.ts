import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect } from 'vitest';
import { type Fixture, spawnFixture } from './fixture.ts';
import { sampler } from './sample.ts';

/*
 * A structure that survives a kill must survive it after every single store. This runs a fixture again and again, with
 * copies of the built packages in which each store to memory or to the segment directory is counted, and kills it with
 * SIGKILL right after the first, the second, … store of the operation that it performs between `cutAfter(n)` and
 * `cutNever()`, until it was not killed any more: then every store was the last one once. `npm test` takes a sample of
 * the stores, see `sample.ts`.
 */

/** The packages whose stores count. */
const PACKAGES = ['core', 'lock', 'pipe', 'queue', 'shared', 'pool', 'process'];

/** Methods that write memory; a `set` of a Map is counted too, which does no harm. */
const WRITERS = new Set(['set', 'copy', 'copyWithin', 'fill']);
const ATOMIC_WRITERS = new Set(['store', 'add', 'sub', 'and', 'or', 'xor', 'exchange', 'compareExchange']);
/** System calls that change the directory. */
const FILE_WRITERS = new Set(['linkSync', 'unlinkSync']);

/** More stores than any operation has: a fixture that never gets through is an error. */
const MOST = 2_000;

/** What is told after each run. */
export interface Cut {
  /** After which store it was killed. */
  store: number;
  /** Whether it got through without being killed: the last run. */
  completed: boolean;
  /** What it had printed. */
  lines: string[];
}

/**
 * Runs `program` with `args` and the number of the store at which it has to die, for each store in turn.
 *
 * @param before makes the objects of one run; what it answers is added to the arguments
 * @param check looks at what the dead one left; called for each run
 * @param during what the test does while the fixture runs
 * @returns how many stores there were; a few more when only a sample of them was taken
 */
export async function cutAtEveryStore(
  program: URL,
  before: () => readonly string[] | Promise<readonly string[]>,
  check: (cut: Cut) => void | Promise<void>,
  during: (fixture: Fixture) => void | Promise<void> = () => {},
): Promise<number> {
  const copies = makeCopies();
  const register = fileURLToPath(new URL('./cut-register.js', import.meta.url));
  try {
    const next = sampler(`${program} ${expect.getState().currentTestName}`);
    for (let store = 1; store <= MOST; store = next(store)) {
      const fixture = spawnFixture(program, {
        args: [...(await before()), String(store)],
        execArgv: ['--import', register],
        env: { MP_CUT_COPIES: copies },
      });
      await during(fixture);
      const lines = await fixture.rest();
      const { code, signal } = await fixture.exited;
      if (signal !== 'SIGKILL' && code !== 0)
        throw new Error(`The fixture failed at store ${store}: ${fixture.stderr}`);
      await check({ store, completed: code === 0, lines });
      if (code === 0) return store - 1;
    }
    throw new Error(`The fixture was killed ${MOST} times and never got through`);
  } finally {
    rmSync(copies, { recursive: true });
  }
}

/** Copies of the built files with counted stores. @returns their directory */
function makeCopies(): string {
  const copies = mkdtempSync(join(tmpdir(), 'mp-cut-'));
  mkdirSync(copies, { recursive: true });
  const packages = fileURLToPath(new URL('../../', import.meta.url));
  for (const name of PACKAGES) {
    const dist = join(packages, name, 'dist');
    for (const file of readdirSync(dist)) {
      if (!file.endsWith('.js')) continue;
      const path = join(dist, file);
      writeFileSync(join(copies, encodeURIComponent(path)), counted(path, readFileSync(path, 'utf8')));
    }
  }
  return copies;
}

function counted(path: string, text: string): string {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
  const wraps: { at: number; text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (isStore(node))
      wraps.push({ at: node.getStart(file), text: '__stored(' }, { at: node.end, text: ')' });
    ts.forEachChild(node, visit);
  };
  visit(file);
  let result = text;
  for (const { at, text: inserted } of inOrderFromEnd(wraps)) {
    result = result.slice(0, at) + inserted + result.slice(at);
  }
  return result;
}

/** Insertions that do not move those still to come; at one place, what was found later lies inside. */
function inOrderFromEnd(wraps: { at: number; text: string }[]): { at: number; text: string }[] {
  return wraps
    .map((wrap, index) => ({ ...wrap, index }))
    .sort((a, b) => b.at - a.at || (a.text === ')' ? a.index - b.index : b.index - a.index));
}

function isStore(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const assigns = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    return assigns && ts.isElementAccessExpression(node.left);
  }
  if (!ts.isCallExpression(node)) return false;
  const { expression } = node;
  if (ts.isIdentifier(expression)) return FILE_WRITERS.has(expression.text);
  if (!ts.isPropertyAccessExpression(expression)) return false;
  const name = expression.name.text;
  const of = expression.expression;
  if (ts.isIdentifier(of) && of.text === 'Atomics') return ATOMIC_WRITERS.has(name);
  if (ts.isIdentifier(of) && /^native\d*$/.test(of.text)) return name !== 'probe' && name !== 'futexWait';
  return WRITERS.has(name) && node.arguments.length > 0;
}
