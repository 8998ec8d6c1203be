// node tools/account.mjs <account>[/<repository>]: writes where on GitHub the repository is, into every file that says it.
// Until then that is OWNER/mp, which nobody may publish. Also for a repository that moves.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './workspace.mjs';

/** As GitHub takes them. The name of a repository must not end like the address of a clone. */
const NAMED = /^([a-z\d](?:[a-z\d-]*[a-z\d])?)(?:\/([\w.-]+(?<!\.git)))?$/i;

/**
 * Writes the addresses of the repository and of its site anew, wherever a tracked file has those of now.
 *
 * @param {string} to `acme/mp`; without the repository, that keeps its name
 * @param {string} [root] the repository's folder
 * @returns {string[]} the files that changed
 */
export function moveTo(to, root = ROOT) {
  const { url } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).repository;
  const now = /github\.com\/([\w-]+)\/([\w.-]+)\.git$/.exec(url);
  const wanted = NAMED.exec(to);
  if (now === null) throw new Error(`The repository of package.json is not on GitHub: ${url}`);
  if (wanted === null) throw new RangeError(`Not an account of GitHub, or <account>/<repository>: "${to}"`);
  const [, account, repository = now[2]] = wanted;
  const addresses = [
    [`github.com/${now[1]}/${now[2]}`, `github.com/${account}/${repository}`],
    [`${now[1]}.github.io/${now[2]}`, `${account}.github.io/${repository}`],
  ];
  return filesWith(root, addresses).filter((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const moved = addresses.reduce((so, [from, then]) => so.replaceAll(whole(from), then), text);
    if (moved !== text) writeFileSync(join(root, file), moved);
    return moved !== text;
  });
}

/** @param {string} root @param {string[][]} addresses @returns {string[]} */
function filesWith(root, addresses) {
  const patterns = addresses.flatMap(([from]) => ['-e', from]);
  const args = ['grep', '-lzIF', ...patterns];
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0').slice(0, -1);
}

/** An address that does not go on: `…/mp` is not in `…/mp-site`. @param {string} address */
function whole(address) {
  return new RegExp(`(?<![\\w.-])${address.replaceAll('.', '\\.')}(?![\\w-])`, 'g');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [to] = process.argv.slice(2);
  console.log(moveTo(to ?? '').join('\n'));
}
