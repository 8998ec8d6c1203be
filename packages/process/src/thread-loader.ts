import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * URL of the module that registers a loader of TypeScript in a new thread, when this thread runs under one that leaves
 * threads out: tsx registers itself in the main thread of a process only, and counts on Node to hand that on to
 * threads, which Node 20 does not do. It travels by itself and not as a flag: a list of flags would have to hold those
 * of this thread too, and Node refuses many of them for a thread (`--expose-gc`, `--max-old-space-size`) that it passes
 * on silently when there is no list.
 */
export function threadLoader(): string | undefined {
  if ('typescript' in process.features) return undefined;
  const words = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)].flatMap((flag) =>
    flag.split('='),
  );
  const tsx = words.find((word) => /(^|[/\\])tsx([/\\]|$)/.test(word));
  if (tsx === undefined) return undefined;
  try {
    const from = tsx.startsWith('file:') ? fileURLToPath(tsx) : join(process.cwd(), 'any.js');
    // Its other half, for `require()`, loads nothing in a thread.
    const api = createRequire(from)
      .resolve('tsx/esm/api')
      .replace(/\.cjs$/, '.mjs');
    return pathToFileURL(api).href;
  } catch {
    // It is not tsx, or one without this entry.
    return undefined;
  }
}
