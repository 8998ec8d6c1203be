import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Flags of `node` for a new thread: those of this one, and what a loader of TypeScript leaves out. tsx registers itself
 * in the main thread of a process only, and counts on Node to hand that on to threads, which Node 20 does not do.
 */
export function threadFlags(): string[] {
  const words = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)].flatMap((flag) =>
    flag.split('='),
  );
  const tsx = words.find((word) => /(^|[/\\])tsx([/\\]|$)/.test(word));
  if (tsx === undefined || 'typescript' in process.features) return process.execArgv;
  try {
    const from = tsx.startsWith('file:') ? fileURLToPath(tsx) : join(process.cwd(), 'any.js');
    // Its other half, for `require()`, loads nothing in a thread.
    const api = pathToFileURL(
      createRequire(from)
        .resolve('tsx/esm/api')
        .replace(/\.cjs$/, '.mjs'),
    ).href;
    const register = `import { register } from ${JSON.stringify(api)}; register();`;
    return [...process.execArgv, '--import', `data:text/javascript,${encodeURIComponent(register)}`];
  } catch {
    // It is not tsx, or one without this entry.
    return process.execArgv;
  }
}
