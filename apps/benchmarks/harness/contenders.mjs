import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runProgram } from './program.mjs';
import { pythons } from './pythons.mjs';

/**
 * A contender is one row of a benchmark:
 *   name        what the table calls it
 *   ours        true for @mp
 *   needs       the npm package it is made of, if any
 *   missing()   why it cannot take part, or undefined
 *   round(name, params) → { metrics: { <key>: number }, cpu: { near, far } }   cpu in µs per operation
 */

const entry = fileURLToPath(new URL('round-entry.mjs', import.meta.url));
const root = new URL('../', import.meta.url);

/**
 * An adapter written in JavaScript: each round runs in a fresh process, so that no contender meets the compiled
 * code, the garbage or the leftovers of another.
 *
 * @param adapter path below apps/benchmarks
 * @param backend of `@mp/native`, when it is not the usual one here
 * @param options handed to the adapter, for its variants
 */
export function node(name, adapter, { needs, backend, ...options } = {}) {
  return {
    name,
    ours: adapter.startsWith('ours/'),
    needs,
    backend,
    /** The same with another backend. */
    on: (other) => node(`${name}, ${other}`, adapter, { needs, backend: other, ...options }),
    missing: () => (needs === undefined ? undefined : packageMissing(needs)),
    round: (round, params) =>
      runProgram(process.execPath, [entry, round, adapter, JSON.stringify({ ...params, options })], {
        limit: params.limit,
        env: backend && { MP_NATIVE: backend, MP_DIR: directoryOf(backend) },
      }),
  };
}

/** Backends refuse to share a segment directory: the run's own one is for the usual one. */
export function directoryOf(backend) {
  return `${process.env.MP_DIR}-${backend}`;
}

/** As {@link node}, for a package whose install compiles: nothing of a rival runs at install, so it may have no binary. */
export function compiled(name, adapter, needs, binary) {
  const contender = node(name, adapter, { needs });
  const missing = () =>
    contender.missing() ??
    (existsSync(new URL(`node_modules/${needs}/${binary}`, root))
      ? undefined
      : 'its package brings no binary, and rivals are installed without running their scripts');
  return { ...contender, missing };
}

/** A variant of Python's own tools, once for each interpreter that was found. @param file the program, below rivals/ */
export function python(name, variant, file = 'python.py') {
  const script = fileURLToPath(new URL(`../rivals/${file}`, import.meta.url));
  const found = pythons();
  if (found.length === 0) {
    return [
      { name: `Python ${name}`, missing: () => 'no python3 found', round: () => Promise.reject(new Error()) },
    ];
  }
  return found.map(({ version, command }) => ({
    name: `Python ${version.split('.', 2).join('.')} ${name}`,
    missing: () => undefined,
    round: (round, params) =>
      runProgram(command, [script, round, JSON.stringify({ ...params, variant })], { limit: params.limit }),
  }));
}

/** Where the manifest of an installed package, or of a package of this workspace, is found. */
export function manifestOf(name) {
  const url = new URL(`node_modules/${name}/package.json`, root);
  return existsSync(url) ? JSON.parse(readFileSync(url, 'utf8')) : undefined;
}

function packageMissing(name) {
  const manifest = manifestOf(name);
  if (!name.startsWith('@mp/')) return manifest ? undefined : 'not installed';
  const main = manifest?.exports['.'].default;
  return main && existsSync(new URL(`node_modules/${name}/${main}`, root)) ? undefined : 'not built';
}
