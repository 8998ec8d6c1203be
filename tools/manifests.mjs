// node tools/manifests.mjs: gives every published package what the package.json of the root says for all of them, and
// the files and fields that users look for. A test fails when a manifest differs; keywords are each package's own.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedPackages } from './release/tree.mjs';
import { ROOT } from './workspace.mjs';

/** How the fields of a manifest follow each other; those that are not here keep their order behind them. */
const ORDER = ['name', 'version', 'description', 'keywords', 'homepage', 'bugs', 'license', 'repository'];

/**
 * A manifest as it should be.
 *
 * @param {string} folder of the package, in the repository
 * @param {Record<string, unknown> & { files?: string[] }} manifest
 * @param {{ license: string, repository: { type: string, url: string }, engines: unknown }} root that of the root
 * @returns {Record<string, unknown>}
 */
export function completed(folder, manifest, root) {
  const page = root.repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  const whole = {
    ...manifest,
    homepage: `${page}/tree/main/${folder}#readme`,
    bugs: { url: `${page}/issues` },
    license: root.license,
    repository: { ...root.repository, directory: folder },
    engines: root.engines,
    files: [...new Set([...(manifest.files ?? []), 'CHANGELOG.md'])],
  };
  const ordered = Object.fromEntries(ORDER.map((field) => [field, undefined]));
  return Object.fromEntries(
    Object.entries({ ...ordered, ...whole }).filter(([, value]) => value !== undefined),
  );
}

/**
 * Manifests that differ from what they should be.
 *
 * @param {string} [root] the repository
 * @returns {{ file: string, wanted: string }[]}
 */
export function outdatedManifests(root = ROOT) {
  const ofRoot = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return publishedPackages(root).flatMap(({ folder }) => {
    const file = join(root, folder, 'package.json');
    const text = readFileSync(file, 'utf8');
    const wanted = `${JSON.stringify(completed(folder, JSON.parse(text), ofRoot), undefined, 2)}\n`;
    return text === wanted ? [] : [{ file, wanted }];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { file, wanted } of outdatedManifests()) writeFileSync(file, wanted);
}
