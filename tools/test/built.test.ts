import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publishedPackages } from '../release/tree.mjs';
import { ROOT } from '../workspace.mjs';

const files = publishedPackages()
  .map(({ folder }) => join(ROOT, folder, 'dist'))
  .filter((dist) => existsSync(dist))
  .flatMap((dist) => readdirSync(dist).map((file) => join(dist, file)))
  .filter((file) => file.endsWith('.js'));

test('what is built is read by V8 in one byte a sign, and does not repeat the comments of its declarations', () => {
  expect(files.length).toBeGreaterThan(20);
  for (const file of files) {
    const code = readFileSync(file, 'utf8');
    expect(/[^\0-\xff]/.exec(code)?.[0], file).toBeUndefined();
    expect(/^ *\/\*\*.*/m.exec(code)?.[0], file).toBeUndefined();
  }
});
