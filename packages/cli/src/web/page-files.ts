import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One file of the page, as it is sent. */
export interface PageFile {
  type: string;
  body: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Beside the built files of this package. */
const PAGE = new URL('../page/', import.meta.url);

/** What the page takes from a library: it is served by us, so that nothing is loaded from elsewhere. */
const LIBRARY_FILES = [
  ['uPlot.esm.js', import.meta.resolve('uplot/dist/uPlot.esm.js')],
  ['uPlot.min.css', import.meta.resolve('uplot/dist/uPlot.min.css')],
];

/** Every file of the page by its name. No other file can be asked for: a path is a key of this map, and never opened. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const own = readdirSync(PAGE)
    .filter((name) => TYPES[extname(name)] !== undefined)
    .map((name) => [name, new URL(name, PAGE).href]);
  return new Map(
    [...own, ...LIBRARY_FILES].map(([name, url]) => [
      name === 'index.html' ? '' : name,
      { type: TYPES[extname(name)], body: readFileSync(fileURLToPath(url)) },
    ]),
  );
}
