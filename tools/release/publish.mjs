// npm run release: publishes every package whose version the registry does not have yet. Only the workflow of releases
// may do it: what proves where a package comes from (its provenance) is signed for the workflow that built it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../workspace.mjs';
import { changesets, publish } from './tree.mjs';

/** Stands for the account of the repository, until that is known. */
export const UNSET_ACCOUNT = 'OWNER';

/**
 * What the owner of the repository still has to set.
 *
 * @param {string} repository the address in the manifest of the root
 * @returns {string | undefined} `undefined` = nothing
 */
export function unsettled(repository) {
  if (!repository.includes(`/${UNSET_ACCOUNT}/`)) return undefined;
  return `The account that the repository is published under is not set: every manifest says ${UNSET_ACCOUNT}. Set it: node tools/account.mjs <account>/<repository>. CONTRIBUTING.md, "Releases", says what else to set before the first release`;
}

/**
 * Why nothing can be published from here.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} repository the address in the manifest of the root
 * @param {number} pending how many changesets are not part of a version yet
 * @returns {string | undefined} with the way out; `undefined` = all is well
 */
export function refusal(env, repository, pending) {
  if (env.GITHUB_ACTIONS !== 'true' || !env.ACTIONS_ID_TOKEN_REQUEST_URL) {
    return 'A release is published by the workflow "Release" alone, which may sign for it (permission id-token: write). Look at what it would publish: npm run release:dry';
  }
  const lacking = unsettled(repository);
  if (lacking !== undefined) return lacking;
  const running = `github.com/${env.GITHUB_REPOSITORY}`;
  const named = repository.replace(/^git\+https:\/\//, '').replace(/\.git$/, '');
  if (named !== running) {
    return `This is ${running}, and package.json says ${named}: the registry refuses a provenance of elsewhere. Set "repository" in the package.json of the root, and run: node tools/manifests.mjs`;
  }
  if (pending > 0) {
    return `${pending} changesets are not part of a version yet. Make one, and merge it: npx changeset version`;
  }
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const why = refusal(process.env, repository.url, changesets(ROOT).length);
  if (why !== undefined) {
    console.error(why);
    process.exit(1);
  }
  // The binaries of @mp/native. Not by a script of its manifest: the tree of a rehearsal has no tools.
  const check = join(ROOT, 'tools/prebuilds/check.mjs');
  if (spawnSync(process.execPath, [check], { stdio: 'inherit' }).status !== 0) process.exit(1);
  publish(ROOT, { npm_config_provenance: 'true' });
}
