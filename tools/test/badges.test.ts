import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BADGES, badges, picture } from '../badges.mjs';
import { ROOT } from '../workspace.mjs';

test('the badges say what the files of the repository say (else: node tools/badges.mjs)', () => {
  for (const badge of badges())
    expect(readFileSync(join(ROOT, BADGES, `${badge.name}.svg`), 'utf8')).toBe(picture(badge));
  expect(readdirSync(join(ROOT, BADGES)).sort()).toEqual(
    badges()
      .map(({ name }) => `${name}.svg`)
      .sort(),
  );
});

test('none of them says that something is not known', () => {
  expect(
    badges()
      .map(({ label, value }) => `${label}: ${value}`)
      .join('\n'),
  ).not.toMatch(/undefined|NaN/);
});

test('the README shows them, with the same words for readers who do not see pictures', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  for (const { name, label, value } of badges())
    expect(readme).toContain(`![${label}: ${value}](${BADGES}/${name}.svg)`);
});

test('the README names the address of the site that package.json has, and that is at the account of the repository', () => {
  const { homepage, repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const [, owner, name] = /github\.com\/(.+?)\/(.+?)\.git$/.exec(repository.url)!;
  expect(homepage).toBe(`https://${owner}.github.io/${name}/`);
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`<${homepage}>`);
});
