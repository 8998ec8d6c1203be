import { pathToFileURL } from 'node:url';

/** Where something is defined: `import.meta`, the `module` of CommonJS, or the URL of the file. */
export type TaskHome = { url: string } | { filename: string } | URL | string;

/**
 * The file URL of a module. One module is one module, under whatever query it was imported.
 *
 * @param what what needs it, for the message
 * @throws TypeError when `where` is no module
 */
export function moduleUrl(where: TaskHome, what: string): string {
  const found = urlIn(where);
  if (!found.startsWith('file:')) {
    const problem = found === '' ? 'an empty import.meta (is this a bundle in CommonJS format?)' : found;
    throw new TypeError(
      `${what} needs the module it is in: import.meta, the module of CommonJS, or a file URL; not ${problem}`,
    );
  }
  const end = found.search(/[?#]/);
  return end < 0 ? found : found.slice(0, end);
}

function urlIn(where: unknown): string {
  if (typeof where === 'string' || where instanceof URL) return String(where);
  if (typeof where !== 'object' || where === null) return where === null ? 'null' : typeof where;
  const { url, filename } = where as { url?: unknown; filename?: unknown };
  if (typeof url === 'string') return url;
  return typeof filename === 'string' ? pathToFileURL(filename).href : '';
}
