// node tools/badges.mjs: the badges of the README, as pictures in this repository. What they say is read from its files.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedPackages } from './release/tree.mjs';
import { ROOT } from './workspace.mjs';

/** Where they are. */
export const BADGES = 'docs/public/badges';

/**
 * What each badge says: its label, and a value that a file of the repository has.
 *
 * @param {string} [root]
 * @returns {{ name: string, label: string, value: string }[]}
 */
export function badges(root = ROOT) {
  const { engines, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const packages = publishedPackages(root);
  const scripts = packages.filter(({ manifest }) =>
    Object.keys(manifest.scripts ?? {}).some((script) => /^(?:pre|post)?install$/.test(script)),
  );
  const typed = packages.filter(({ manifest }) => JSON.stringify(manifest.exports).includes('"types":'));
  const suite = readFileSync(join(root, 'docs/cpython-suite.md'), 'utf8');
  const count = (/** @type {string} */ row) =>
    new RegExp(`^\\| ${row} \\| (\\d+) \\|$`, 'm').exec(suite)?.[1];
  return [
    { name: 'license', label: 'license', value: license },
    { name: 'node', label: 'Node.js', value: engines.node.replace('>=', '≥ ') },
    { name: 'types', label: 'packages with types', value: `${typed.length} of ${packages.length}` },
    {
      name: 'scripts',
      label: 'install scripts',
      value: scripts.length === 0 ? 'none' : String(scripts.length),
    },
    {
      name: 'cpython',
      label: 'tests of CPython',
      value: `${count('passes')} pass, ${count('differs on purpose')} differ on purpose`,
    },
  ];
}

/**
 * @param {{ label: string, value: string }} badge
 * @returns {string} SVG
 */
export function picture({ label, value }) {
  const [left, right] = [label, value].map(widthOf);
  const text = (/** @type {string} */ content, /** @type {number} */ x, /** @type {number} */ width) =>
    `<text x="${x + PADDING}" y="14" textLength="${width - 2 * PADDING}" lengthAdjust="spacingAndGlyphs">${content}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${label}: ${value}">`,
    `<clipPath id="round"><rect width="${left + right}" height="20" rx="3"/></clipPath>`,
    `<g clip-path="url(#round)"><rect width="${left}" height="20" fill="#4b5563"/>`,
    `<rect x="${left}" width="${right}" height="20" fill="#3a5ccc"/></g>`,
    '<g fill="#fff" font-family="Verdana, \'DejaVu Sans\', sans-serif" font-size="11">',
    `${text(label, 0, left)}${text(value, left, right)}</g></svg>\n`,
  ].join('\n');
}

const PADDING = 7;

/** About what its letters take; the picture gives them just that. @param {string} text */
function widthOf(text) {
  return Math.round(text.length * 6.4) + 2 * PADDING;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const badge of badges()) {
    const file = join(ROOT, BADGES, `${badge.name}.svg`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, picture(badge));
  }
}
