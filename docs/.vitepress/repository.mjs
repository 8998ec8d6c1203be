// Where the repository and the site are, from the package.json of the root: their addresses stand nowhere else.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../tools/workspace.mjs';

const { homepage, repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** The repository's page, as a browser opens it. */
export const REPOSITORY = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');

/** The site's address; it ends with a slash. */
export const SITE = new URL(homepage);

/**
 * The page of a file or a folder of the repository.
 *
 * @param {string} path from the repository's root; it exists
 */
export function addressOf(path) {
  const kind = statSync(join(ROOT, path)).isDirectory() ? 'tree' : 'blob';
  return `${REPOSITORY}/${kind}/main/${encodeURI(path)}`;
}

/**
 * The file or folder that an address of {@link addressOf} leads to.
 *
 * @param {string} address without a fragment
 * @returns {string | undefined} from the repository's root; `undefined` for another kind of address
 */
export function pathOf(address) {
  if (!address.startsWith(`${REPOSITORY}/`)) return undefined;
  const found = /^(?:blob|tree|edit)\/main\/(.*)$/.exec(address.slice(REPOSITORY.length + 1));
  return found === null ? undefined : decodeURI(found[1]);
}

/** @param {string} path from the repository's root */
export function isInRepository(path) {
  return !path.startsWith('..') && existsSync(join(ROOT, path));
}
