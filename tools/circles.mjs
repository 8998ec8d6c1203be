// Circles of imports inside a package, types included: none of their files can be read, or moved, alone.
import { dirname, join, normalize } from 'node:path';

/**
 * Every circle among the files of one package. A call of `import()` in the middle of a program is none of them: the file
 * is complete without it.
 *
 * @param {{ file: string, specifier: string, isCall?: boolean }[]} imports
 * @returns {string[][]} the files of each circle, in the order in which one imports the next
 */
export function circlesOf(imports) {
  /** @type {Map<string, string[]>} */
  const imported = new Map();
  for (const { file, specifier, isCall } of imports) {
    if (isCall || !specifier.startsWith('.')) continue;
    const list = imported.get(file) ?? [];
    imported.set(file, [...list, normalize(join(dirname(file), specifier))]);
  }
  /** @type {string[][]} */
  const circles = [];
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {string[]} */
  const path = [];
  const follow = (/** @type {string} */ file) => {
    const at = path.indexOf(file);
    if (at >= 0) circles.push(path.slice(at));
    if (at >= 0 || done.has(file)) return;
    path.push(file);
    for (const next of imported.get(file) ?? []) follow(next);
    path.pop();
    done.add(file);
  };
  for (const file of imported.keys()) follow(file);
  return circles;
}
