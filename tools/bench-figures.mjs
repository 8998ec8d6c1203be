// Writes the figures of benchmarks in all Markdown files, and the plot of the README, out of apps/benchmarks/results.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFigures } from '../docs/.vitepress/plots/expression.mjs';
import { readmePlot } from '../docs/.vitepress/plots/readme-plot.mjs';
import { ROOT, sourceFiles } from './workspace.mjs';

/** What the site serves as it is. */
const PUBLIC = 'docs/public';
const THEMES = /** @type {const} */ (['light', 'dark']);

/**
 * Every file that has figures of results in it, as it is and as it should be.
 *
 * @param {string} [root]
 * @returns {{ file: string, is: string | undefined, shouldBe: string }[]}
 */
export function filesWithFigures(root = ROOT) {
  const pages = sourceFiles(root)
    .filter((file) => file.endsWith('.md'))
    .map((file) => {
      const is = readFileSync(join(root, file), 'utf8');
      return { file, is, shouldBe: inStep(file, is) };
    })
    .filter(({ is }) => is.includes('<!-- figure:'));
  const plots = THEMES.map((theme) => {
    const file = `${PUBLIC}/plot-${theme}.svg`;
    return { file, is: read(join(root, file)), shouldBe: readmePlot(theme) };
  });
  return [...pages, ...plots];
}

/** @param {string} file @param {string} page */
function inStep(file, page) {
  try {
    return withFigures(page);
  } catch (error) {
    throw new Error(`${file}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // Not written yet.
  }
}

if (import.meta.filename === process.argv[1]) {
  mkdirSync(join(ROOT, PUBLIC), { recursive: true });
  for (const { file, is, shouldBe } of filesWithFigures()) {
    if (is === shouldBe) continue;
    writeFileSync(join(ROOT, file), shouldBe);
    console.log(file);
  }
}
