// What has to hold for the built site: every link leads somewhere, to an anchor that is there, also when it leads into the
// repository; and nothing is loaded from elsewhere. VitePress itself refuses links to pages that are not there.
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { ROOT, sourceFiles } from '../../tools/workspace.mjs';
import { anchorsOf } from './anchors.mjs';
import { isInRepository, pathOf, REPOSITORY, SITE } from './repository.mjs';

/** Where the site is built. */
export const DIST = join(ROOT, 'docs/.vitepress/dist');

/** Addresses in the scripts of the theme that nothing is loaded from. */
const HARMLESS = [
  // Names of XML languages.
  /^http:\/\/www\.w3\.org\/(?:1998\/Math\/MathML|1999\/xlink|2000\/svg)$/,
  // Parts of messages of Vue.
  /^https:\/\/vuejs\.org\/error-reference\//,
  // What VitePress resolves relative addresses by.
  /^http:\/\/a\.com$/,
  // Of a social network whose picture was not built in: all of ours are.
  /^https:\/\/api\.iconify\.design\/simple-icons\/\$/,
];

/**
 * @param {string} dist a built site
 * @returns {{ problems: string[], summary: string }} one line for each problem; empty = all is well
 */
export function siteProblems(dist) {
  const files = new Set(sourceFiles(dist));
  const pages = new Map(
    [...files].filter((file) => file.endsWith('.html')).map((file) => [file, readPage(dist, file)]),
  );
  const problems = [];
  let links = 0;
  for (const [file, page] of pages) {
    for (const href of page.links) {
      links++;
      const problem = isOfSite(href) ? problemOfSite(href, file, files, pages) : problemInRepository(href);
      if (problem !== undefined) problems.push(`${file}: ${href}: ${problem}`);
    }
    for (const address of page.loads) {
      const problem = isOfSite(address) ? problemOfSite(address, file, files, pages) : ELSEWHERE;
      if (problem !== undefined) problems.push(`${file}: ${address}: ${problem}`);
    }
  }
  for (const file of files) {
    const elsewhere = /\.(?:js|css|svg)$/.test(file) ? addressesIn(dist, file) : [];
    problems.push(...elsewhere.map((address) => `${file}: ${address}: ${ELSEWHERE}`));
  }
  return { problems, summary: `${pages.size} pages, ${links} links, ${problems.length} problems` };
}

const ELSEWHERE = 'the site may not load anything from elsewhere';

/** @typedef {{ ids: Set<string>, links: string[], loads: string[] }} Page */

const TAG = /<([a-z][\w-]*)((?:\s+[^\s"'<>/=]+(?:="[^"]*"|=[^\s"'<>]+)?)*)\s*\/?>/gi;
const ATTRIBUTE = /([^\s"'<>/=]+)=(?:"([^"]*)"|([^\s"'<>]+))/g;

/** @param {string} dist @param {string} file @returns {Page} */
function readPage(dist, file) {
  const html = readFileSync(join(dist, file), 'utf8').replace(/(<script\b[^>]*>).*?(?=<\/script>)/gs, '$1');
  /** @type {Page} */
  const page = { ids: new Set(), links: [], loads: urlsOfStyles(html) };
  for (const [, tag, attributes] of html.matchAll(TAG)) {
    for (const [, name, quoted, bare] of attributes.matchAll(ATTRIBUTE)) {
      const value = (quoted ?? bare).replaceAll('&amp;', '&');
      if (name === 'id') page.ids.add(value);
      else if (name === 'href' && tag === 'a') page.links.push(value);
      else if (name === 'srcset')
        page.loads.push(...value.split(',').map((each) => each.trim().split(' ')[0]));
      else if (['src', 'href', 'xlink:href', 'data', 'action', 'poster'].includes(name))
        page.loads.push(value);
    }
  }
  return page;
}

/** @param {string} address */
function isOfSite(address) {
  return !/^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(address) || address.startsWith('data:');
}

/**
 * @param {string} address
 * @param {string} from the page that has it
 * @param {Set<string>} files
 * @param {Map<string, Page>} pages
 * @returns {string | undefined}
 */
function problemOfSite(address, from, files, pages) {
  if (address.startsWith('data:')) return undefined;
  const [, path, , fragment] = /^([^?#]*)(\?[^#]*)?(?:#(.*))?$/.exec(address) ?? [];
  const file = path === '' ? from : fileOf(decodeURI(path), from);
  if (file === undefined) return `it does not begin with ${SITE.pathname}`;
  if (!files.has(file)) return 'there is no such file';
  if (fragment && !pages.get(file)?.ids.has(decodeURIComponent(fragment))) return 'there is no such anchor';
  return undefined;
}

/** @param {string} path @param {string} from @returns {string | undefined} */
function fileOf(path, from) {
  if (path.startsWith('/') && !path.startsWith(SITE.pathname)) return undefined;
  const whole = path.startsWith('/')
    ? path.slice(SITE.pathname.length)
    : posix.normalize(posix.join(posix.dirname(from), path));
  return whole === '' || whole.endsWith('/') ? `${whole}index.html` : whole;
}

/** @param {string} href @returns {string | undefined} */
function problemInRepository(href) {
  const [address, fragment] = href.split('#');
  const path = pathOf(address);
  if (path === undefined) return undefined;
  if (!isInRepository(path)) return 'there is no such file in the repository';
  return fragment === undefined ? undefined : anchorProblem(path, fragment);
}

/**
 * Whether GitHub would find an anchor in a file, or in the README of a folder.
 *
 * @param {string} path from the repository's root
 * @param {string} fragment
 * @returns {string | undefined}
 */
export function anchorProblem(path, fragment) {
  if (/^L\d+(?:-L\d+)?$/.test(fragment)) return undefined;
  const file = [path, `${path}/README.md`].find((each) => each.endsWith('.md') && isInRepository(each));
  if (file === undefined) return 'only pages have anchors';
  const anchors = anchorsOf(readFileSync(join(ROOT, file), 'utf8'));
  return anchors.has(decodeURIComponent(fragment)) ? undefined : 'there is no such heading';
}

/** What styles load. @param {string} css */
function urlsOfStyles(css) {
  return [...css.matchAll(/url\((['"]?)(?!data:)([^'")]+)\1\)|@import\s+(['"])(.*?)\3/g)].map(
    ([, , url, , imported]) => url ?? imported,
  );
}

/**
 * Addresses of other hosts in a script, a style or a picture, but those of links to the repository. The script of a page is left out: it has the text and the
 * links of the page, which was looked at as HTML.
 *
 * @param {string} dist
 * @param {string} file
 * @returns {string[]}
 */
function addressesIn(dist, file) {
  if (/^assets\/[^/]+\.md\.[^/]+\.js$/.test(file) || file.includes('@localSearchIndex')) return [];
  const text = readFileSync(join(dist, file), 'utf8').replace(/\/\*.*?\*\//gs, '');
  const found = [...text.matchAll(/\bhttps?:\/\/[^\s"'`\\)<>]+/g)].map(([address]) => address);
  return found.filter(
    (address) => !address.startsWith(REPOSITORY) && !HARMLESS.some((pattern) => pattern.test(address)),
  );
}
