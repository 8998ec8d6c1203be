// What generated pages name as a proof: `file > title of a test`, or a scene of the tour like `S33`.
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { titlesIn } from './test-titles.mjs';

const SCENES = 'apps/demo/src/tour/scenes';
const PORTS = 'apps/demo/test/python';

/** @type {Map<string, Set<string>>} */
const known = new Map();

/**
 * What is wrong with a proof: nothing, or that it is not there.
 *
 * @param {string} proof
 * @param {string} root the repository
 * @returns {string[]} one sentence each
 */
export function proofProblems(proof, root) {
  if (isScene(proof)) return sceneFile(proof, root) ? [] : [`there is no scene ${proof}`];
  const [file, title] = split(proof);
  const path = join(root, file);
  if (!existsSync(path)) return [`there is no ${file}`];
  const titles = known.get(path) ?? titlesIn(path);
  known.set(path, titles);
  return titles.has(title) ? [] : [`${file} has no test “${title}”`];
}

/**
 * The proof as Markdown.
 *
 * @param {string} proof
 * @param {string} page it stands in, from the root of the repository
 * @param {string} root
 */
export function proofLink(proof, page, root) {
  const to = (/** @type {string} */ file) => relative(dirname(page), file);
  if (!isScene(proof)) {
    const [file, title] = split(proof);
    return `[${basename(file, '.ts')}](${to(file)}) “${title.replaceAll('|', '\\|')}”`;
  }
  const isPorted = existsSync(join(root, PORTS, `${proof.toLowerCase()}.py`));
  return `[${proof}](${to(`${SCENES}/${sceneFile(proof, root)}`)})${isPorted ? ' and in Python' : ''}`;
}

/** @param {string} proof */
function isScene(proof) {
  return /^S\d\d$/.test(proof);
}

/** @param {string} proof @returns {[file: string, title: string]} */
function split(proof) {
  const at = proof.indexOf(' > ');
  return [proof.slice(0, at), proof.slice(at + 3)];
}

/** @param {string} scene @param {string} root */
function sceneFile(scene, root) {
  return readdirSync(join(root, SCENES)).find((file) => file.startsWith(`${scene.toLowerCase()}-`));
}
