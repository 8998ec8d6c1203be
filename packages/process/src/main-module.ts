import { existsSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The main module of a program: its URL in this process, and its URL where a child imports it. */
interface MainModule {
  readonly here: string;
  readonly there: string;
}

/** What Node calls the module of a program that is no file: `-e`, `-p`, standard input, a `Worker` with `eval`. */
const NAME_WITHOUT_FILE = /^\[(?:eval\d*|stdin|worker eval)\]$/;

/** What may be missing at the end of the name of a script. */
const ENDINGS = ['', '.js', '.json', '.node', '/index.js'];

/** Whether this module cannot be imported elsewhere, because its text came from the command line or from standard input. */
export function isWithoutFile(url: string): boolean {
  if (!/(?:\]|%5D)$/.test(url)) return false;
  const file = fileURLToPath(url);
  return NAME_WITHOUT_FILE.test(basename(file)) && !existsSync(file);
}

/** Whether this is the module that `node` was started with. Ask it in the main thread only. */
export function isMainModule(url: string): boolean {
  return isProgramWithoutFile() ? isWithoutFile(url) : url === mainModule()?.here;
}

/**
 * URL of the script that `node` was started with, as a child imports it. For a program without a file it is one in its
 * directory: packages are looked for from there.
 */
export function mainUrl(): string | undefined {
  try {
    return isProgramWithoutFile() ? pathToFileURL(resolve('[eval]')).href : mainModule()?.there;
  } catch {
    // The directory was removed.
    return undefined;
  }
}

/** The URL by which a child imports a module: a main module that was named by a link may have two. */
export function urlForChildren(url: string): string {
  if (!isFlagSet('preserve-symlinks-main')) return url;
  const main = mainModule();
  return main !== undefined && main.here === url ? main.there : url;
}

function isProgramWithoutFile(): boolean {
  const script = process.argv[1];
  if (script === undefined || script === '-') return true;
  return process.execArgv.some((flag) => /^(?:-e|--eval|-pe?|--print)(?:=|$)/.test(flag));
}

function mainModule(): MainModule | undefined {
  try {
    const script = resolve(process.argv[1]);
    // As Node found it: the extension may have been left out, and links are followed.
    const real = realpathSync(createRequire(script).resolve(script));
    const there = pathToFileURL(real).href;
    if (!isFlagSet('preserve-symlinks-main')) return { here: there, there };
    const named = ENDINGS.map((end) => script + end).find(
      (file) => isFile(file) && realpathSync(file) === real,
    );
    const here = pathToFileURL(named ?? real).href;
    return { here, there: isFlagSet('preserve-symlinks') ? here : there };
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Whether `node` runs with this flag, given on the command line or by the environment. */
function isFlagSet(name: 'preserve-symlinks' | 'preserve-symlinks-main'): boolean {
  if (process.env[`NODE_${name.toUpperCase().replaceAll('-', '_')}`] === '1') return true;
  return [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)].includes(`--${name}`);
}
