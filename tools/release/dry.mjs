// npm run release:dry: what `npm run release` would publish if the changesets of this tree were released now.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../workspace.mjs';
import { bytesIn, filesIn, makePacks } from './packs.mjs';
import { unsettled } from './publish.mjs';
import { changesets, newestChanges, publishedPackages } from './tree.mjs';

const folder = mkdtempSync(join(tmpdir(), 'mp-release-'));
try {
  const now = new Map(publishedPackages().map(({ name, manifest }) => [name, String(manifest.version)]));
  const pending = changesets(ROOT).length;
  console.log(pending === 0 ? 'No changesets: the versions stay' : `Of ${pending} changesets:`);
  for (const pack of makePacks(folder)) {
    const { name, file, contents, manifest } = pack;
    const from = now.get(name) === manifest.version ? '' : `${now.get(name)} → `;
    const size = `${kib(statSync(file).size)} KiB packed, ${kib(bytesIn(contents))} KiB unpacked`;
    console.log(`\n${name} ${from}${manifest.version}: ${size}`);
    for (const path of filesIn(contents)) console.log(`  ${path} ${statSync(join(contents, path)).size}`);
    const changes = newestChanges(join(folder, 'tree'), pack.folder);
    if (changes !== '') console.log(changes.replace(/^/gm, '  | '));
  }
  const lacking = unsettled(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).repository.url);
  if (lacking !== undefined) console.log(`\nnpm run release would refuse. ${lacking}`);
} finally {
  rmSync(folder, { recursive: true });
}

/** @param {number} bytes */
function kib(bytes) {
  return Math.ceil(bytes / 1024);
}
