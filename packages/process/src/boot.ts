import type { AsyncLocalStorage } from 'node:async_hooks';
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { lifeLock, segmentDirectory, threadState } from '@mp/core/internal';

/*
 * A child is started by a script of this package, which loads what every child needs. In a bundle there is no such
 * script: there the file that this code is in is imported by a text instead, and holds everything. The text leaves a
 * mark, by which this code sees, before anything of the user's runs, that it is in a child. What runs because the file
 * is imported may start nothing, as with the module of any task: it runs inside of the storage in the mark.
 */

/** What a child is started as: with an order to obey, or to wait for one. */
export type Role = 'child' | 'spare';

/** What a child that is started by a text finds. */
interface Mark {
  readonly args: string[];
  /** The one of the scope of imports. */
  readonly storage: AsyncLocalStorage<true>;
  begun?: boolean;
}

/** What `node` or a `Worker` runs to become a child. */
export interface BootProgram {
  /** A script, or in a bundle the file that `text` imports. */
  readonly script: string;
  readonly text: string | undefined;
  readonly args: string[];
}

/** The file that this code is in; only a bundle in CommonJS has no `import.meta`. */
const OWN_URL = import.meta.url ?? pathToFileURL(__filename).href;

const MARK = Symbol.for('@mp/process/boot');

/** The arguments by which a child finds its parent, and its channel to it. */
export function bootArguments(role: Role, channel: string): string[] {
  return [role, segmentDirectory(), lifeLock(), channel];
}

/** @param args those of {@link bootArguments}, and what else a child of that kind takes */
export function bootProgram(args: string[]): BootProgram {
  const script = fileURLToPath(new URL('./mp-bootstrap.js', OWN_URL));
  return existsSync(script)
    ? { script, text: undefined, args }
    : { script: fileURLToPath(OWN_URL), text: TEXT, args };
}

/** The mark of a child that was started by a text. */
export function bootMark(): Mark | undefined {
  return (globalThis as { [MARK]?: Mark })[MARK];
}

/** Makes a child of this thread if it was started as one by a text. */
export function beginIfMarked(importTasks: (url: string) => Promise<void>): void {
  const mark = bootMark();
  if (mark === undefined || mark.begun) return;
  mark.begun = true;
  threadState.isChild = true;
  threadState.directory = mark.args[1];
  // What the task starts later is not started by an import.
  mark.storage.run(undefined as never, () => {
    void import('./child-entry.ts').then(({ begin }) => begin(mark.args));
    // For the end of the scope. Its error is that of the task, which is looked for in this file.
    importTasks(OWN_URL).catch(() => {});
  });
}

/**
 * Begins a text. Node gives it variables of CommonJS as globals, by which modules would take themselves for something
 * else, and a thread that is not in a program of text a name before its arguments.
 */
export const BEGIN_TEXT = `
for (const name of ['module', 'exports', 'require', '__filename', '__dirname']) delete globalThis[name];
if (process.argv[1] === '[worker eval]') process.argv.splice(1, 1);
`;

/**
 * Imports the file in its first argument. It works as a module and as a script. What goes wrong before the code in that
 * file begins is for Node to print.
 */
const TEXT = `${BEGIN_TEXT}
const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks');
const { pathToFileURL } = process.getBuiltinModule('node:url');
const mark = { args: process.argv.splice(2), storage: new AsyncLocalStorage() };
globalThis[Symbol.for('@mp/process/boot')] = mark;
mark.storage.run(true, () => import(pathToFileURL(process.argv[1]))).catch((error) => {
  if (!mark.begun) throw error;
});`;
