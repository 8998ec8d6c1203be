// Module hooks of a fixture that is to be cut: files of which a copy with counted stores was made are read from there.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  if (url.startsWith('file:')) {
    const copy = join(process.env.MP_CUT_COPIES ?? '', encodeURIComponent(fileURLToPath(url)));
    if (existsSync(copy)) return { format: 'module', source: readFileSync(copy, 'utf8'), shortCircuit: true };
  }
  return next(url, context);
}
